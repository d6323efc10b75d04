/// The bytes of the MANIFEST: FORMAT.md, section 4.
enum ManifestFormat {
    static let version: UInt32 = 1
    static let magic: UInt32 = 0x464d_544b  // "KTMF"
    static let recordMagic: UInt32 = 0xb245_4bd3  // a first byte that is not text, then "KE"
    static let headerByteCount = 20
    /// Magic, length, number and checksum.
    static let recordOverhead = 20

    /// The kinds of fields in an edit.
    enum Field {
        static let nextSeriesID: UInt8 = 1, sealedThrough: UInt8 = 2, nextBlockNumber: UInt8 = 3
        static let remove: UInt8 = 4, add: UInt8 = 5
        static let removeCheckpoint: UInt8 = 6, addCheckpoint: UInt8 = 7
        static let settledAgeLimit: UInt8 = 8
        static let logSegment: UInt8 = 9
        static let settledPolicy: UInt8 = 10
        static let removedThrough: UInt8 = 11
        static let setRollup: UInt8 = 12, removeRollup: UInt8 = 13
        static let rewrittenThrough: UInt8 = 14
        static let newest: UInt8 = 15, importedThrough: UInt8 = 16
    }

    static func appendHeader(databaseID: UInt64, to buffer: inout FieldBuffer) {
        let start = buffer.count
        buffer.append(littleEndian: magic)
        buffer.append(littleEndian: version)
        buffer.append(littleEndian: databaseID)
        let checksum = buffer.bytes.extracting(start..<buffer.count).crc32c()
        buffer.append(littleEndian: checksum)
    }

    /// Returns the initial value of the records' checksums, so that no record of another database is valid.
    static func seed(databaseID: UInt64) -> UInt32 {
        var buffer = FieldBuffer()
        buffer.append(littleEndian: databaseID)
        return buffer.bytes.crc32c()
    }

    /// Appends a record; if `edit` is nil, the mark that the record before it was synced.
    static func append(_ edit: ManifestEdit?, number: UInt64, databaseID: UInt64, to buffer: inout FieldBuffer) {
        let start = buffer.count
        buffer.append(littleEndian: recordMagic)
        buffer.append(littleEndian: UInt32(0))
        buffer.append(littleEndian: number)
        let content = buffer.count
        if let edit { append(edit, to: &buffer) }
        buffer.replace(at: start + 4, littleEndian: UInt32(buffer.count - content))
        let checksum = buffer.bytes.extracting(start..<buffer.count).crc32c(continuing: seed(databaseID: databaseID))
        buffer.append(littleEndian: checksum)
    }

    private static func append(_ edit: ManifestEdit, to buffer: inout FieldBuffer) {
        func append(_ field: UInt8, _ value: UInt64?, to buffer: inout FieldBuffer) {
            guard let value else { return }
            buffer.append(field)
            buffer.append(varint: value)
        }
        append(Field.nextSeriesID, edit.nextSeriesID, to: &buffer)
        append(Field.sealedThrough, edit.sealedThrough, to: &buffer)
        append(Field.nextBlockNumber, edit.nextBlockNumber, to: &buffer)
        if let limit = edit.settledAgeLimit {
            buffer.append(Field.settledAgeLimit)
            buffer.append(zigzag: limit)
        }
        append(Field.settledPolicy, edit.settledPolicy, to: &buffer)
        if let time = edit.removedThrough {
            buffer.append(Field.removedThrough)
            buffer.append(zigzag: time)
        }
        if let time = edit.rewrittenThrough {
            buffer.append(Field.rewrittenThrough)
            buffer.append(zigzag: time)
        }
        if let newest = edit.newest {
            buffer.append(Field.newest)
            buffer.append(zigzag: newest)
        }
        append(Field.importedThrough, edit.importedThrough, to: &buffer)
        for number in edit.removed { append(Field.remove, number, to: &buffer) }
        for block in edit.added {
            append(Field.add, block.number, to: &buffer)
            block.encode(into: &buffer)
        }
        append(Field.logSegment, edit.logSegment, to: &buffer)
        for number in edit.removedCheckpoints { append(Field.removeCheckpoint, number, to: &buffer) }
        for checkpoint in edit.addedCheckpoints {
            append(Field.addCheckpoint, checkpoint.number, to: &buffer)
            checkpoint.encode(into: &buffer)
        }
        for progress in edit.rollups {
            append(Field.setRollup, progress.identity, to: &buffer)
            progress.encode(into: &buffer)
        }
        for identity in edit.removedRollups { append(Field.removeRollup, identity, to: &buffer) }
    }

    /// A record that was read: its bytes, and its edit unless it is a mark.
    struct Record {
        var bytes: Range<Int>
        var number: UInt64
        var edit: ManifestEdit?
    }

    enum Reading {
        case record(Record)
        /// Not a record, or one whose checksum is wrong.
        case invalid
        /// The checksum is right but the content is malformed for this version.
        case malformed
    }

    static func readRecord(_ bytes: RawSpan, at offset: Int, seed: UInt32) -> Reading {
        var cursor = FieldCursor(offset..<bytes.byteCount)
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == recordMagic,
            let length = cursor.littleEndian(UInt32.self, in: bytes),
            let number = cursor.littleEndian(UInt64.self, in: bytes),
            let content = cursor.take(Int(length)),
            let checksum = cursor.littleEndian(UInt32.self, in: bytes),
            checksum == bytes.extracting(offset..<content.upperBound).crc32c(continuing: seed)
        else { return .invalid }
        var edit: ManifestEdit?
        if !content.isEmpty {
            guard let read = readEdit(bytes, content) else { return .malformed }
            edit = read
        }
        return .record(Record(bytes: offset..<cursor.position, number: number, edit: edit))
    }

    private static func readEdit(_ bytes: RawSpan, _ content: Range<Int>) -> ManifestEdit? {
        var cursor = FieldCursor(content)
        var edit = ManifestEdit()
        while cursor.remaining > 0 {
            guard let field = cursor.byte(in: bytes), let value = cursor.varint(in: bytes) else { return nil }
            switch field {
            case Field.nextSeriesID: edit.nextSeriesID = value
            case Field.sealedThrough: edit.sealedThrough = value
            case Field.nextBlockNumber: edit.nextBlockNumber = value
            case Field.settledAgeLimit: edit.settledAgeLimit = time(value)
            case Field.removedThrough: edit.removedThrough = time(value)
            case Field.rewrittenThrough: edit.rewrittenThrough = time(value)
            case Field.importedThrough: edit.importedThrough = value
            case Field.newest: edit.newest = time(value)
            case Field.logSegment: edit.logSegment = value
            case Field.settledPolicy: edit.settledPolicy = value
            case Field.remove: edit.removed.append(value)
            case Field.add:
                var block = BlockSummary(number: value)
                guard block.decode(&cursor, in: bytes) else { return nil }
                edit.added.append(block)
            case Field.removeCheckpoint: edit.removedCheckpoints.append(value)
            case Field.addCheckpoint:
                var checkpoint = CheckpointRecord(number: value)
                guard checkpoint.decode(&cursor, in: bytes) else { return nil }
                edit.addedCheckpoints.append(checkpoint)
            case Field.setRollup:
                var progress = RollupProgress(identity: value, interval: 0)
                guard progress.decode(&cursor, in: bytes), progress.interval > 0, progress.interval < 1 << 62
                else { return nil }
                edit.rollups.append(progress)
            case Field.removeRollup: edit.removedRollups.append(value)
            default: return nil
            }
        }
        return edit
    }

    /// Undoes the zigzag coding of a time.
    private static func time(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
}
