internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// A checkpoint's file of side data: exemplars, metadata and records, as they were after its commit (FORMAT.md, section
/// 6).
///
/// It is complete and durable before the MANIFEST names the checkpoint, and says itself which checkpoint it belongs to.
/// If there is no side data, there is no file.
enum SideDataFile {
    private static let exemplars: UInt32 = 1, metadata: UInt32 = 2, records: UInt32 = 3
    /// The number of exemplars in a piece.
    private static let pieceCount = 1024

    // MARK: Writing

    /// Writes and syncs the file of a checkpoint; does nothing if there is no side data.
    static func write(
        _ copy: SideDataCopy, _ header: SamplesHeader, directory: String, _ files: any FileSystem
    ) throws(FileError) {
        guard !copy.isEmpty else { return }
        let output = try CheckpointOutput(creating: FileName.path(directory, .sideData, header.number), files)
        let pages = copy.exemplars.pages
        var head = SideDataHeader()
        (head.databaseID, head.number, head.sequence) = (header.databaseID, header.number, header.sequence)
        head.exemplarCount = UInt64(pages.count)
        head.metadataCount = UInt64(copy.metadata.count)
        head.recordCount = UInt64(copy.records.count)
        try output.append { head.encode(into: &$0) }
        try output.endPiece()
        var start = pages.range.lowerBound
        while start < pages.range.upperBound {
            let end = min(start + pieceCount, pages.range.upperBound)
            var content = FieldBuffer(capacity: pieceCount * 64)
            encode(copy.exemplars, start..<end, into: &content)
            try append(exemplars, content, to: output)
            start = end
        }
        if !copy.metadata.isEmpty {
            var content = FieldBuffer()
            MetadataCoding.encode(copy.metadata, into: &content)
            try append(metadata, content, to: output)
        }
        if !copy.records.isEmpty {
            var content = FieldBuffer()
            RecordCoding.encode(copy.records.asChanges, into: &content)
            try append(records, content, to: output)
        }
        try output.finish()
    }

    private static func append(
        _ kind: UInt32, _ content: borrowing FieldBuffer, to output: CheckpointOutput
    ) throws(FileError) {
        try output.append { buffer in
            buffer.append(littleEndian: kind)
            buffer.append(littleEndian: UInt32(content.count))
        }
        try output.append(content.bytes)
        try output.endPiece()
    }

    private static func encode(_ copy: ExemplarRingCopy, _ range: Range<Int>, into buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(range.count))
        var slot: UInt32 = 0, number: UInt64 = 0, time: Int64 = 0, shared = AffixCoder()
        for position in range {
            let entry = copy.pages[position]
            buffer.append(zigzag: Int64(entry.slot) - Int64(slot))
            buffer.append(zigzag: Int64(bitPattern: entry.number &- number))
            buffer.append(
                (entry.ownsTime ? ExemplarCoding.ownTime : 0) | (entry.isLate ? ExemplarCoding.late : 0)
                    | (copy.isSealed(position) ? 0 : ExemplarCoding.unsealed))
            buffer.append(zigzag: entry.time &- time)
            buffer.append(coded: entry.value)
            shared.append(Array(copy.pages.labels(at: position)), to: &buffer)
            (slot, number, time) = (entry.slot, entry.number, entry.time)
        }
    }

    // MARK: Reading

    /// Removes the file of a checkpoint that was removed.
    static func remove(_ checkpoint: UInt64, directory: String, _ files: any FileSystem) {
        let path = FileName.path(directory, .sideData, checkpoint)
        if (try? files.exists(path)) == true { try? files.remove(path) }
    }

    /// Reads the file of a checkpoint, `byteCount` bytes long, into the head, which has the checkpoint's series and
    /// nothing else; does nothing if `byteCount` is 0. `isSealed` says whether all commits of the checkpoint are in
    /// blocks by now.
    ///
    /// - Throws: ``CheckpointFault``; the checkpoint is not used then.
    static func load(
        _ record: CheckpointRecord, byteCount: UInt64, databaseID: UInt64, isSealed: Bool, directory: String,
        _ files: any FileSystem, into head: Head
    ) throws(CheckpointFault) {
        guard byteCount > 0 else { return }
        let path = FileName.path(directory, .sideData, record.number)
        var buffer = FieldBuffer()
        let exists: Bool
        do throws(FileError) {
            exists = try files.exists(path)
            if exists {
                let file = try files.open(path)
                try buffer.append(file, byteCount: Int(clamping: file.byteCount))
            }
        } catch { throw .damaged(path: path, reason: .unreadable(code: error.code)) }
        guard exists else { throw .damaged(path: path, reason: .missing) }
        guard UInt64(buffer.count) == byteCount else { throw .damaged(path: path, reason: .length) }
        let sideData: HeadSideData
        switch read(buffer.bytes, record, databaseID, isSealed, limit: head.exemplarLimit.load(ordering: .relaxed)) {
        case .sideData(let read): sideData = read
        case .unknownVersion(let found): throw .unsupportedVersion(path: path, found: found)
        case .damaged(let reason): throw .damaged(path: path, reason: reason)
        }
        head.sideData.withLock { $0 = sideData }
    }

    enum Reading {
        case sideData(HeadSideData)
        case unknownVersion(UInt32)
        case damaged(DamagedCheckpoint.Reason)
    }

    private static func read(
        _ bytes: RawSpan, _ record: CheckpointRecord, _ databaseID: UInt64, _ isSealed: Bool, limit: Int
    ) -> Reading {
        guard let header = SideDataHeader(bytes) else { return .damaged(.checksum) }
        var cursor = FieldCursor(SideDataHeader.byteCount..<bytes.byteCount)
        var checksum: UInt32 = 0, pieceStart = 0
        /// Whether the piece that ends at the cursor matches its checksum.
        func endPiece(_ cursor: inout FieldCursor) -> Bool {
            checksum = bytes.extracting(pieceStart..<cursor.position).crc32c(continuing: checksum)
            guard cursor.littleEndian(UInt32.self, in: bytes) == checksum else { return false }
            pieceStart = cursor.position
            return true
        }
        guard endPiece(&cursor) else { return .damaged(.checksum) }
        guard header.version == CheckpointFormat.version else { return .unknownVersion(header.version) }
        guard header.databaseID == databaseID, header.number == record.number, header.sequence == record.sequence
        else {
            return .damaged(.malformed)
        }
        var sideData = HeadSideData(), read: UInt64 = 0
        sideData.exemplars.setLimit(limit)
        while cursor.remaining > 0 {
            guard let kind = cursor.littleEndian(UInt32.self, in: bytes),
                let length = cursor.littleEndian(UInt32.self, in: bytes), let content = cursor.take(Int(length)),
                endPiece(&cursor)
            else { return .damaged(.checksum) }
            switch kind {
            case exemplars:
                guard let count = decode(bytes, content, isSealed, into: &sideData.exemplars) else {
                    return .damaged(.malformed)
                }
                read += UInt64(count)
            case metadata:
                guard let entries = MetadataCoding.decode(bytes, content) else { return .damaged(.malformed) }
                for (name, entry) in entries { sideData.metadata.set(entry, of: name) }
            case records:
                guard let found = RecordCoding.decode(bytes, content) else { return .damaged(.malformed) }
                sideData.records.apply(found)
            default: return .damaged(.malformed)
            }
        }
        guard read == header.exemplarCount, UInt64(sideData.metadata.count) == header.metadataCount,
            UInt64(sideData.records.count) == header.recordCount
        else { return .damaged(.malformed) }
        return .sideData(sideData)
    }

    private static func decode(
        _ bytes: RawSpan, _ content: Range<Int>, _ isSealed: Bool, into ring: inout ExemplarRing
    ) -> Int? {
        var cursor = FieldCursor(content)
        guard let count = cursor.count(in: bytes) else { return nil }
        var slot: UInt32 = 0, number: UInt64 = 0, time: Int64 = 0, shared = AffixCoder()
        for _ in 0..<count {
            guard let slotStep = cursor.zigzag(in: bytes), let numberStep = cursor.zigzag(in: bytes),
                let next = UInt32(exactly: Int64(slot) &+ slotStep), Int(next) < CheckpointFormat.idLimit,
                let flags = cursor.byte(in: bytes), flags <= ExemplarCoding.allFlags,
                let timeStep = cursor.zigzag(in: bytes), let value = cursor.coded(in: bytes),
                let labels = ExemplarCoding.labels(&cursor, &shared, in: bytes)
            else { return nil }
            slot = next
            number &+= UInt64(bitPattern: numberStep)
            time &+= timeStep
            ring.append(
                ExemplarPages.Entry(
                    time: time, value: value, number: number, slot: slot,
                    ownsTime: flags & ExemplarCoding.ownTime != 0, isLate: flags & ExemplarCoding.late != 0),
                labels: labels.span)
            ring.noteLoaded(isSealed: isSealed || flags & ExemplarCoding.unsealed == 0)
        }
        return cursor.remaining == 0 ? count : nil
    }
}
