internal import KTSDBModel

/// The last piece of a checkpoint's file of samples: what makes the checkpoint whole, so that a lost MANIFEST can be
/// made again from the files of checkpoints.
struct CheckpointTrailer: Hashable {
    static let magic: UInt32 = 0xc545_4bd9  // a first byte that is not text, then "KE"
    /// Without its checksum.
    static let byteCount = 40

    /// The file of series, how many bytes of it belong to the checkpoint, and the checksum at their end.
    var seriesFile: UInt64, seriesByteCount: UInt64
    var seriesChecksum: UInt32
    /// No series has this number or a higher one.
    var nextSeriesID: UInt64
    /// The length of the file of side data; 0 if there is none.
    var sideDataByteCount: UInt64

    /// Appends the piece without its checksum.
    func encode(into buffer: inout FieldBuffer) {
        buffer.append(littleEndian: Self.magic)
        buffer.append(littleEndian: seriesFile)
        buffer.append(littleEndian: seriesByteCount)
        buffer.append(littleEndian: seriesChecksum)
        buffer.append(littleEndian: nextSeriesID)
        buffer.append(littleEndian: sideDataByteCount)
    }

    /// The trailer at `offset`, whose checksum the caller checks; nil if there is none.
    init?(_ bytes: RawSpan, at offset: Int) {
        var cursor = FieldCursor(offset..<bytes.byteCount)
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == Self.magic,
            let seriesFile = cursor.littleEndian(UInt64.self, in: bytes),
            let seriesByteCount = cursor.littleEndian(UInt64.self, in: bytes),
            let seriesChecksum = cursor.littleEndian(UInt32.self, in: bytes),
            let nextSeriesID = cursor.littleEndian(UInt64.self, in: bytes),
            let sideDataByteCount = cursor.littleEndian(UInt64.self, in: bytes), cursor.remaining >= 4
        else { return nil }
        self.init(
            seriesFile: seriesFile, seriesByteCount: seriesByteCount, seriesChecksum: seriesChecksum,
            nextSeriesID: nextSeriesID, sideDataByteCount: sideDataByteCount)
    }

    init(
        seriesFile: UInt64, seriesByteCount: UInt64, seriesChecksum: UInt32, nextSeriesID: UInt64,
        sideDataByteCount: UInt64
    ) {
        self.seriesFile = seriesFile
        self.seriesByteCount = seriesByteCount
        self.seriesChecksum = seriesChecksum
        self.nextSeriesID = nextSeriesID
        self.sideDataByteCount = sideDataByteCount
    }
}

/// A checkpoint as its own file of samples tells of it.
struct FoundCheckpoint {
    var record: CheckpointRecord
    var header: SamplesHeader
    var nextSeriesID: UInt64

    /// Reads the two ends of a file of samples and looks for the file of series; nil if they are not those of a whole
    /// checkpoint of this database. Whether all between is as it was is seen when the checkpoint is loaded.
    init?(_ number: UInt64, databaseID: UInt64, directory: String, _ files: any FileSystem) throws(FileError) {
        let path = FileName.path(directory, .samples, number)
        let trailerByteCount = CheckpointTrailer.byteCount + 4
        guard try files.exists(path) else { return nil }
        let file = try files.open(path)
        guard file.byteCount >= UInt64(SamplesHeader.byteCount + trailerByteCount) else { return nil }
        var start = [UInt8](repeating: 0, count: SamplesHeader.byteCount)
        var end = [UInt8](repeating: 0, count: trailerByteCount)
        guard try Self.fill(&start, from: file, at: 0),
            try Self.fill(&end, from: file, at: file.byteCount - UInt64(trailerByteCount))
        else { return nil }
        let head = start.span.rawBytes, tail = end.span.rawBytes
        guard SamplesHeader.version(of: head) == CheckpointFormat.samplesVersion, let header = SamplesHeader(head),
            header.databaseID == databaseID, header.number == number, number > 0, number < .max,
            header.sealedThrough <= header.sequence, header.sequence < 1 << 62,
            let trailer = CheckpointTrailer(tail, at: 0)
        else { return nil }
        let seriesPath = FileName.path(directory, .series, trailer.seriesFile)
        guard try files.exists(seriesPath), try files.open(seriesPath).byteCount >= trailer.seriesByteCount else {
            return nil
        }
        let sideDataPath = FileName.path(directory, .sideData, number)
        guard trailer.sideDataByteCount == (try files.exists(sideDataPath) ? try files.open(sideDataPath).byteCount : 0)
        else {
            return nil
        }
        self.header = header
        nextSeriesID = trailer.nextSeriesID
        record = CheckpointRecord(
            number: number, sequence: header.sequence, seriesFile: trailer.seriesFile,
            seriesByteCount: trailer.seriesByteCount, samplesByteCount: file.byteCount,
            seriesChecksum: trailer.seriesChecksum,
            samplesChecksum: tail.integer(UInt32.self, CheckpointTrailer.byteCount..<trailerByteCount, 0))
    }

    private static func fill(
        _ bytes: inout [UInt8], from file: any ReadableFile, at offset: UInt64
    ) throws(FileError) -> Bool {
        let count = bytes.count
        var span = bytes.mutableSpan
        var raw = span.rawMutableBytes
        return try file.read(at: offset, into: &raw) == count
    }
}
