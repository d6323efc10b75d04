internal import KTSDBModel

/// The FLOATS section of a frame: ids, timestamps and values, column by column.
enum FloatsSection {
    /// Room for the kind and the longest length.
    static let headByteLimit = 11
    static let equalTimes: UInt8 = 1, idRuns: UInt8 = 2, startTimes: UInt8 = 4

    /// Makes the section the beginning of a body. Its length is known only at the end, and then written before it.
    static func append(
        ids: Span<UInt64>, times: Span<Int64>, values: Span<Double>, starts: [Int64], to body: inout LogBody
    ) {
        for _ in 0..<headByteLimit { body.buffer.append(0 as UInt8) }
        encode(ids: ids, times: times, values: values, starts: starts, into: &body.buffer)
        body.start = writeHead(of: &body.buffer)
    }

    /// Appends the section without its kind and length.
    static func encode(
        ids: Span<UInt64>, times: Span<Int64>, values: Span<Double>, starts: [Int64], into buffer: inout FieldBuffer
    ) {
        let count = ids.count
        let runs = runCount(ids)
        let useRuns = runs * 2 <= count
        let timesAreEqual = areEqual(times)
        buffer.append(varint: UInt64(count))
        buffer.append((timesAreEqual ? equalTimes : 0) | (useRuns ? idRuns : 0) | (starts.isEmpty ? 0 : startTimes))
        if useRuns { encodeRuns(ids, count: runs, into: &buffer) } else { encodePlain(ids, into: &buffer) }
        buffer.append(zigzag: times[0])
        if !timesAreEqual { encodeDeltas(times, into: &buffer) }
        if !starts.isEmpty { encode(starts: starts, count: count, into: &buffer) }
        encode(values: values, into: &buffer)
    }

    /// Writes kind and length before a section that starts at `headByteLimit`, and returns where they begin.
    static func writeHead(of buffer: inout FieldBuffer) -> Int {
        let length = UInt64(buffer.count - headByteLimit)
        let start = headByteLimit - 1 - FieldCoding.byteCount(varint: length)
        buffer.replace(at: start, littleEndian: CommitSection.floats.rawValue)
        var rest = length
        for offset in (start + 1)..<headByteLimit {
            buffer.replace(at: offset, littleEndian: UInt8(truncatingIfNeeded: rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0))
            rest >>= 7
        }
        return start
    }

    /// The number of runs of consecutive ids.
    private static func runCount(_ ids: Span<UInt64>) -> Int {
        var runs = 1
        for index in 1..<max(1, ids.count) {
            // SAFETY: 1 <= index < count.
            runs &+= unsafe ids[unchecked: index] == ids[unchecked: index &- 1] &+ 1 ? 0 : 1
        }
        return runs
    }

    private static func areEqual(_ times: Span<Int64>) -> Bool {
        var difference: Int64 = 0
        let first = times[0]
        // SAFETY: the index is below the count.
        for index in 1..<max(1, times.count) { difference |= unsafe times[unchecked: index] ^ first }
        return difference == 0
    }

    private static func encodeRuns(_ ids: Span<UInt64>, count: Int, into buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(count))
        var previous: UInt64 = 0
        var index = 0
        while index < ids.count {
            let first = index
            index += 1
            while index < ids.count, ids[index] == ids[index - 1] &+ 1 { index += 1 }
            buffer.append(zigzag: Int64(bitPattern: ids[first] &- previous))
            buffer.append(varint: UInt64(index - first - 1))
            previous = ids[index - 1]
        }
    }

    /// Writes a varint and returns its length, at most ten.
    @inline(__always) @unsafe
    private static func write(varint value: UInt64, to start: UnsafeMutableRawPointer) -> Int {
        var rest = value
        var length = 0
        // SAFETY: the caller guarantees room for ten bytes.
        while rest >= 0x80 {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: length, as: UInt8.self)
            rest >>= 7
            length &+= 1
        }
        unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
        return length &+ 1
    }

    private static func encodePlain(_ ids: Span<UInt64>, into buffer: inout FieldBuffer) {
        // SAFETY: a varint takes at most ten bytes; what is written is committed below.
        let out = unsafe buffer.room(for: ids.count * 10)
        var written = 0
        var previous: UInt64 = 0
        for index in 0..<ids.count {
            // SAFETY: the index is below the count; a varint takes at most ten bytes and there is room for all.
            let id = unsafe ids[unchecked: index]
            written &+= unsafe write(
                varint: FieldCoding.zigzag(Int64(bitPattern: id &- previous)), to: out + written)
            previous = id
        }
        buffer.commit(written)
    }

    private static func encodeDeltas(_ times: Span<Int64>, into buffer: inout FieldBuffer) {
        // SAFETY: as in `encodePlain`.
        let out = unsafe buffer.room(for: times.count * 10)
        var written = 0
        var previous = times[0]
        for index in 1..<times.count {
            // SAFETY: as in `encodePlain`.
            let time = unsafe times[unchecked: index]
            written &+= unsafe write(varint: FieldCoding.zigzag(time &- previous), to: out + written)
            previous = time
        }
        buffer.commit(written)
    }

    /// Writes the difference of each start time from the one before it; the first from 0.
    private static func encode(starts: [Int64], count: Int, into buffer: inout FieldBuffer) {
        var previous: Int64 = 0
        for row in 0..<count {
            let start = row < starts.count ? starts[row] : 0
            buffer.append(zigzag: start &- previous)
            previous = start
        }
    }

    /// Writes the codes of all values, two to a byte, then the bytes of all values.
    static func encode(values: Span<Double>, into buffer: inout FieldBuffer) {
        let count = values.count
        let codeBytes = (count + 1) / 2
        // SAFETY: there is room for the codes, eight bytes for each value, and eight more.
        let codes = unsafe buffer.room(for: codeBytes + count * 8 + 8)
        let out = unsafe codes + codeBytes
        var written = 0
        var previous: UInt64 = 0
        var pending: UInt8 = 0
        for index in 0..<count {
            // SAFETY: the index is below the count. Each store is eight bytes, each value takes at most eight, and
            // there is room for eight more than all values.
            let bits = unsafe values[unchecked: index].bitPattern
            let (code, bytes) = ValueCode.encode(bits, previous: previous)
            previous = bits
            unsafe (out + written).storeBytes(of: bytes.littleEndian, as: UInt64.self)
            written &+= ValueCode.byteCount(code)
            if index & 1 == 0 {
                pending = code
            } else {
                unsafe codes.storeBytes(of: pending | code << 4, toByteOffset: index &>> 1, as: UInt8.self)
            }
        }
        if count & 1 == 1 { unsafe codes.storeBytes(of: pending, toByteOffset: codeBytes - 1, as: UInt8.self) }
        buffer.commit(codeBytes + written)
    }
}
