package import KTSDBModel

/// A series and the number that log and blocks know it by; numbers are never used again.
package struct SeriesDefinition: Hashable, Sendable {
    package var id: UInt64
    package var labels: Labels
    /// The series' newest sample before the frame, so that replay judges by it even where that sample is in a block;
    /// the time is `Int64.min` when there is none.
    package var lastTime: Int64
    package var lastBits: UInt64

    package init(id: UInt64, labels: Labels, lastTime: Int64 = .min, lastBits: UInt64 = 0) {
        self.id = id
        self.labels = labels
        self.lastTime = lastTime
        self.lastBits = lastBits
    }
}

/// One commit as it was read from the log; its memory is reused for the next.
package struct LogFrame: ~Copyable {
    /// The commit's number.
    package internal(set) var sequence: UInt64 = 0
    /// What the samples are to be judged by.
    package internal(set) var context = FrameContext(wallClock: 0)
    /// Whether the commit is in blocks already: its definitions may be needed. Its samples are left out, unless the
    /// reader has a checkpoint from before it and wants to know the series' newest samples.
    package internal(set) var isSealed = false
    /// Series that the samples of this frame or of later ones name.
    package internal(set) var definitions: [SeriesDefinition] = []
    /// The samples' series, times in milliseconds and values, in the order in which they were committed.
    package internal(set) var ids = Column<UInt64>()
    package internal(set) var times = Column<Int64>()
    package internal(set) var values = Column<Double>()
    /// What samples have beside these.
    var details = SampleDetails()
    /// Exemplars, whose slots are not known, and metadata.
    var sideData = CommitSideData()

    package init() {}

    /// Whether a reader without a checkpoint has to know of the commit though it is in blocks.
    var hasMoreThanSamples: Bool { !definitions.isEmpty || !sideData.isEmpty }

    /// Reads a frame's body, whose checksum is known to be right.
    ///
    /// - Returns: whether the body has the form that the format allows. Any bytes are safe to read.
    mutating func decode(body: RawSpan, header: FrameHeader, isSealed: Bool, skipsSamples: Bool) -> Bool {
        sequence = header.sequence
        context = header.context
        self.isSealed = isSealed
        definitions.removeAll(keepingCapacity: true)
        ids.removeAll()
        times.removeAll()
        values.removeAll()
        details.removeAll()
        sideData.removeAll()
        var cursor = FieldCursor(0..<body.byteCount)
        var seen = 0
        while cursor.remaining > 0 {
            guard let kind = cursor.byte(in: body), LogFormat.order(of: kind) > seen,
                let length = cursor.count(in: body),
                let section = cursor.take(length)
            else { return false }
            seen = LogFormat.order(of: kind)
            switch kind {
            case LogFormat.floats:
                guard skipsSamples || FloatsSection.decode(body, section, into: &self) else { return false }
            case LogFormat.series:
                guard SeriesSection.decode(body, section, into: &definitions) else { return false }
            case LogFormat.histograms:
                guard skipsSamples || HistogramsSection.decode(body, section, into: &self) else { return false }
            case LogFormat.exemplars:
                guard skipsSamples || ExemplarCoding.decodeSection(body, section, into: &sideData.exemplars) else {
                    return false
                }
            case LogFormat.metadata:
                guard let metadata = MetadataCoding.decode(body, section) else { return false }
                sideData.metadata = metadata
            default: return false
            }
        }
        return true
    }
}

extension FloatsSection {
    /// Reads a section; false when its bytes have not the form of one.
    static func decode(_ body: RawSpan, _ section: Range<Int>, into frame: inout LogFrame) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body, perByte: 2), count > 0, let flags = cursor.byte(in: body),
            flags & ~(equalTimes | idRuns | startTimes) == 0,
            flags & idRuns != 0
                ? decodeRuns(body, &cursor, count: count, into: &frame.ids)
                : decodePlain(body, &cursor, count: count, into: &frame.ids),
            let base = cursor.zigzag(in: body),
            decodeTimes(body, &cursor, base: base, count: count, areEqual: flags & equalTimes != 0, into: &frame.times),
            flags & startTimes == 0 || decodeStarts(body, &cursor, count: count, into: &frame.details)
        else { return false }
        return decodeValues(body, &cursor, count: count, into: &frame.values)
    }

    private static func decodeRuns(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into ids: inout Column<UInt64>
    ) -> Bool {
        guard let runs = cursor.count(in: body) else { return false }
        ids.reserve(count)
        var previous: UInt64 = 0
        for _ in 0..<runs {
            guard let delta = cursor.zigzag(in: body), let rest = cursor.varint(in: body),
                rest < UInt64(count - ids.count)
            else { return false }
            let first = previous &+ UInt64(bitPattern: delta)
            var fresh = ids.extend(by: Int(rest) + 1)
            for offset in 0...Int(rest) { fresh[offset] = first &+ UInt64(offset) }
            previous = first &+ rest
        }
        return ids.count == count
    }

    private static func decodePlain(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into ids: inout Column<UInt64>
    ) -> Bool {
        var fresh = ids.extend(by: count)
        var previous: UInt64 = 0
        for index in 0..<count {
            guard let delta = cursor.zigzag(in: body) else { return false }
            previous &+= UInt64(bitPattern: delta)
            fresh[index] = previous
        }
        return true
    }

    private static func decodeTimes(
        _ body: RawSpan, _ cursor: inout FieldCursor, base: Int64, count: Int, areEqual: Bool,
        into times: inout Column<Int64>
    ) -> Bool {
        var fresh = times.extend(by: count)
        guard !areEqual else {
            for index in 0..<count { fresh[index] = base }
            return true
        }
        var previous = base
        fresh[0] = base
        for index in 1..<count {
            guard let delta = cursor.zigzag(in: body) else { return false }
            previous &+= delta
            fresh[index] = previous
        }
        return true
    }

    private static func decodeStarts(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into details: inout SampleDetails
    ) -> Bool {
        var start: Int64 = 0
        for row in 0..<count {
            guard let delta = cursor.zigzag(in: body) else { return false }
            start &+= delta
            details.note(start: start, row: row)
        }
        return true
    }

    static func decodeValues(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into values: inout Column<Double>
    ) -> Bool {
        guard let codes = cursor.take((count + 1) / 2) else { return false }
        let end = cursor.end
        var position = cursor.position
        var fresh = values.extend(by: count)
        var previous: UInt64 = 0
        for index in 0..<count {
            // SAFETY: index / 2 is within the codes, which are within the body; eight bytes are loaded only where
            // they are within the body, and fresh has `count` elements.
            let pair = unsafe body.unsafeLoad(fromUncheckedByteOffset: codes.lowerBound &+ index &>> 1, as: UInt8.self)
            let code = (index & 1 == 0 ? pair : pair &>> 4) & 15
            let length = ValueCode.byteCount(code)
            guard length <= end &- position else { return false }
            var bytes: UInt64 = 0
            if _fastPath(position &+ 8 <= body.byteCount) {
                bytes = unsafe body.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self).littleEndian
                bytes &= length == 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1
            } else {
                for offset in 0..<length {
                    let byte = unsafe body.unsafeLoad(fromByteOffset: position + offset, as: UInt8.self)
                    bytes |= UInt64(byte) << UInt64(8 * offset)
                }
            }
            position &+= length
            previous = ValueCode.decode(code, bytes: bytes, previous: previous)
            unsafe fresh[unchecked: index] = Double(bitPattern: previous)
        }
        if count & 1 == 1 {
            let last = unsafe body.unsafeLoad(fromByteOffset: codes.upperBound - 1, as: UInt8.self)
            guard last >> 4 == 0 else { return false }
        }
        return position == end
    }
}

/// The SERIES section of a frame: ids and labels, each definition storing what differs from the one before it.
enum SeriesSection {
    /// Appends the section with its kind and length; nothing when there are no definitions.
    static func encode(_ definitions: [SeriesDefinition], into buffer: inout FieldBuffer) {
        guard !definitions.isEmpty else { return }
        var content = FieldBuffer(capacity: definitions.count * 32)
        content.append(varint: UInt64(definitions.count))
        var previousID: UInt64 = 0
        var previousTime: Int64 = 0
        var previous: [UInt8] = []
        for definition in definitions {
            let current = definition.labels.stringForm
            let (prefix, suffix) = sharedEnds(previous, current)
            content.append(zigzag: Int64(bitPattern: definition.id &- previousID))
            content.append(varint: UInt64(prefix))
            content.append(varint: UInt64(suffix))
            content.append(varint: UInt64(current.count - prefix - suffix))
            unsafe content.append(current.span.bytes.extracting(prefix..<(current.count - suffix)))
            if definition.lastTime == .min {
                content.append(0 as UInt8)
            } else {
                content.append(1 as UInt8)
                content.append(zigzag: definition.lastTime &- previousTime)
                content.append(littleEndian: definition.lastBits)
                previousTime = definition.lastTime
            }
            previousID = definition.id
            previous = current
        }
        buffer.append(LogFormat.series)
        buffer.append(varint: UInt64(content.count))
        buffer.append(content.bytes)
    }

    /// How many bytes at the beginning and at the end are the same; the two do not overlap in either.
    private static func sharedEnds(_ left: [UInt8], _ right: [UInt8]) -> (prefix: Int, suffix: Int) {
        let shorter = min(left.count, right.count)
        var prefix = 0
        while prefix < shorter, left[prefix] == right[prefix] { prefix += 1 }
        var suffix = 0
        while suffix < shorter - prefix, left[left.count - 1 - suffix] == right[right.count - 1 - suffix] {
            suffix += 1
        }
        return (prefix, suffix)
    }

    /// Appends the section's definitions; false when its bytes have not the form of any.
    static func decode(_ body: RawSpan, _ section: Range<Int>, into definitions: inout [SeriesDefinition]) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body), count > 0 else { return false }
        definitions.reserveCapacity(count)
        var id: UInt64 = 0
        var time: Int64 = 0
        var previous: [UInt8] = []
        for _ in 0..<count {
            guard let delta = cursor.zigzag(in: body),
                let prefix = cursor.varint(in: body).flatMap(Int.init(exactly:)),
                let suffix = cursor.varint(in: body).flatMap(Int.init(exactly:)),
                prefix <= previous.count, suffix <= previous.count - prefix,
                let length = cursor.count(in: body), let middle = cursor.take(length)
            else { return false }
            id &+= UInt64(bitPattern: delta)
            var labels: [UInt8] = []
            labels.reserveCapacity(prefix + length + suffix)
            labels += previous[..<prefix]
            // SAFETY: the pointer is used during the call only.
            unsafe body.extracting(middle).withUnsafeBytes { unsafe labels.append(contentsOf: $0) }
            labels += previous[(previous.count - suffix)...]
            guard Labels.isWellFormed(stringForm: labels.span) else { return false }
            var definition = SeriesDefinition(id: id, labels: Labels(uncheckedStringForm: labels))
            switch cursor.byte(in: body) {
            case 0: break
            case 1:
                guard let delta = cursor.zigzag(in: body), let bits = cursor.littleEndian(UInt64.self, in: body) else {
                    return false
                }
                time &+= delta
                (definition.lastTime, definition.lastBits) = (time, bits)
            default: return false
            }
            definitions.append(definition)
            previous = labels
        }
        return cursor.remaining == 0
    }
}
