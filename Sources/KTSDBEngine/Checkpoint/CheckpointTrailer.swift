/// The last piece of a checkpoint's file of samples. It completes the checkpoint, so that a lost MANIFEST can be
/// rebuilt from the files of checkpoints.
struct CheckpointTrailer: FixedLayout, Hashable {
    /// The length without the checksum, in bytes.
    static let byteCount = 40

    /// The file of series, how many bytes of it belong to the checkpoint, and the checksum at their end.
    var seriesFile: UInt64 = 0, seriesByteCount: UInt64 = 0
    var seriesChecksum: UInt32 = 0
    /// Higher than the number of any series.
    var nextSeriesID: UInt64 = 0
    /// The length of the file of side data, in bytes; 0 without such a file.
    var sideDataByteCount: UInt64 = 0

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(0xc545_4bd9 as UInt32)  // a first byte that is not text, then "KE"
        coder.field(&seriesFile)
        coder.field(&seriesByteCount)
        coder.field(&seriesChecksum)
        coder.field(&nextSeriesID)
        coder.field(&sideDataByteCount)
    }
}

/// A checkpoint as its own file of samples describes it.
struct FoundCheckpoint {
    var record: CheckpointRecord
    var header: SamplesHeader
    var nextSeriesID: UInt64

    /// Reads both ends of a file of samples and looks for the file of series; nil if they are not those of a complete
    /// checkpoint of this database. Whether everything in between is intact is checked when the checkpoint is loaded.
    init?(_ number: UInt64, databaseID: UInt64, directory: String, _ files: any FileSystem) throws(FileError) {
        let path = FileName.path(directory, .samples, number)
        let trailerByteCount = CheckpointTrailer.byteCount + 4
        guard try files.exists(path) else { return nil }
        let file = try files.open(path)
        let headerByteCount = SamplesHeader.byteCount + 4
        guard file.byteCount >= UInt64(headerByteCount + trailerByteCount) else { return nil }
        var start = [UInt8](repeating: 0, count: headerByteCount)
        var end = [UInt8](repeating: 0, count: trailerByteCount)
        guard try Self.fill(&start, from: file, at: 0),
            try Self.fill(&end, from: file, at: file.byteCount - UInt64(trailerByteCount))
        else { return nil }
        let head = unsafe start.span.bytes, tail = unsafe end.span.bytes
        guard let header = SamplesHeader.checked(head), header.version == CheckpointFormat.version,
            header.databaseID == databaseID, header.number == number, number > 0, number < .max,
            header.sealedThrough <= header.sequence, header.sequence < 1 << 62,
            let trailer = CheckpointTrailer(tail)
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
        var raw = unsafe span.mutableBytes
        return try file.read(at: offset, into: &raw) == count
    }
}
