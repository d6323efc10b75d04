internal import KTSDBModel

/// The contents of one of the MANIFEST's two files.
struct ManifestImage {
    /// The state after the last edit that can be read.
    private(set) var state: ManifestState
    /// The number of the next edit.
    private(set) var nextNumber: UInt64 = 1
    /// Where the last whole record ends.
    private(set) var end = ManifestFormat.headerByteCount
    /// The length of the file when it was read, in bytes.
    private(set) var byteCount: Int
    /// What is wrong after `end`, if it was once complete; `state` lacks it then.
    private(set) var damage: ManifestError?

    /// The number of the last edit.
    var number: UInt64 { nextNumber - 1 }

    /// Whether the last edit is followed by its mark.
    private var isMarked = false
    /// Whether what follows ``end`` is all that a power cut has left of the last edit's mark: that edit was synced, and
    /// nothing was begun after it.
    private var hasTornMark = false

    /// The length of an unfinished last edit, in bytes, if that is not damage. What is left of a mark is not counted.
    var cutByteCount: Int { damage == nil && !hasTornMark ? byteCount - end : 0 }

    /// Reads a file.
    ///
    /// - Throws: ``ManifestError`` when nothing in it can be used, because its header or its first edit cannot be read.
    init(_ array: [UInt8], path: String) throws(ManifestError) {
        let bytes = array.span.rawBytes
        byteCount = bytes.byteCount
        state = ManifestState(databaseID: try Self.readHeader(bytes, path))
        do throws(ManifestError) { try readRecords(bytes, path) } catch {
            // The first edit was complete before the file got its name.
            guard nextNumber > 1 else { throw error }
            damage = error
        }
    }

    private static func readHeader(_ bytes: RawSpan, _ path: String) throws(ManifestError) -> UInt64 {
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == ManifestFormat.magic,
            let version = cursor.littleEndian(UInt32.self, in: bytes),
            let databaseID = cursor.littleEndian(UInt64.self, in: bytes),
            let checksum = cursor.littleEndian(UInt32.self, in: bytes),
            checksum == bytes.extracting(first: ManifestFormat.headerByteCount - 4).crc32c()
        else { throw .damaged(path: path, offset: 0, reason: "the file's beginning has a wrong checksum") }
        guard version == ManifestFormat.version else { throw .unsupportedVersion(path: path, found: version) }
        return databaseID
    }

    private mutating func readRecords(_ bytes: RawSpan, _ path: String) throws(ManifestError) {
        let seed = ManifestFormat.seed(databaseID: state.databaseID)
        while end < bytes.byteCount {
            switch ManifestFormat.readRecord(bytes, at: end, seed: seed) {
            case .malformed: throw damaged(path, "the edit has an unknown form")
            case .invalid:
                guard nextNumber > 1 else { throw damaged(path, "an edit has a wrong checksum") }
                guard let next = Self.firstRecord(bytes, from: end + 1, seed: seed) else {
                    hasTornMark = !isMarked && isTornMark(bytes.extracting(droppingFirst: end))
                    return
                }
                // A mark is not synced on its own: a power cut may lose it and keep the edit after it. Nothing else can
                // be missing before the next edit.
                guard case .record(let record) = next.found, record.edit != nil, record.number == nextNumber else {
                    throw damaged(path, "an edit has a wrong checksum")
                }
                end = next.offset
            case .record(let record):
                try apply(record, path)
                end = record.bytes.upperBound
            }
        }
        guard nextNumber > 1 else { throw damaged(path, "the file has no edit") }
    }

    /// Takes in what was appended since to the file at `path`: `rest` has the bytes from ``end`` on.
    ///
    /// Returns whether all of it are whole entries that fit the state; those before the first other one count.
    mutating func extend(_ rest: RawSpan, path: String) -> Bool {
        let seed = ManifestFormat.seed(databaseID: state.databaseID)
        byteCount = end + rest.byteCount
        hasTornMark = false
        var position = 0
        while position < rest.byteCount {
            guard case .record(let record) = ManifestFormat.readRecord(rest, at: position, seed: seed) else {
                return false
            }
            do throws(ManifestError) { try apply(record, path) } catch { return false }
            end += record.bytes.count
            position = record.bytes.upperBound
        }
        return true
    }

    private func damaged(_ path: String, _ reason: String) -> ManifestError {
        .damaged(path: path, offset: UInt64(end), reason: reason)
    }

    private mutating func apply(_ record: ManifestFormat.Record, _ path: String) throws(ManifestError) {
        // A mark repeats the number of the edit before it.
        guard let edit = record.edit else {
            guard record.number &+ 1 == nextNumber else { throw damaged(path, "a mark is out of place") }
            isMarked = true
            return
        }
        // A file that was rewritten begins with a later number.
        let isFirst = end == ManifestFormat.headerByteCount
        guard record.number == nextNumber || (isFirst && record.number > 0 && record.number < .max) else {
            throw damaged(path, "edits before this one are missing")
        }
        guard let next = state.applying(edit) else { throw damaged(path, "the edit does not fit those before it") }
        state = next
        nextNumber = record.number + 1
        isMarked = false
    }

    /// Whether `rest` may be what is left of the last edit's mark: any of its bytes, and zeros for the others.
    private func isTornMark(_ rest: RawSpan) -> Bool {
        var mark = FieldBuffer()
        ManifestFormat.append(nil, number: number, databaseID: state.databaseID, to: &mark)
        guard rest.byteCount <= mark.count else { return false }
        var found = FieldCursor(0..<rest.byteCount), expected = FieldCursor(0..<mark.count)
        while let byte = found.byte(in: rest) {
            guard let written = expected.byte(in: mark.bytes), byte == 0 || byte == written else { return false }
        }
        return true
    }

    /// Returns the first record, of a known form or not, anywhere after `start`.
    private static func firstRecord(
        _ bytes: RawSpan, from start: Int, seed: UInt32
    ) -> (offset: Int, found: ManifestFormat.Reading)? {
        guard start <= bytes.byteCount - ManifestFormat.recordOverhead else { return nil }
        for offset in start...(bytes.byteCount - ManifestFormat.recordOverhead) {
            let found = ManifestFormat.readRecord(bytes, at: offset, seed: seed)
            if case .invalid = found { continue }
            return (offset, found)
        }
        return nil
    }
}
