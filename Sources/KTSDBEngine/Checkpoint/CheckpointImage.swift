internal import CLibrary
internal import KTSDBModel

/// Why a checkpoint could not be used.
enum CheckpointFault: Error {
    case damaged(path: String, reason: DamagedCheckpoint.Reason)
    /// The file was written by a newer version.
    case unsupportedVersion(path: String, found: UInt32)
}

/// The two files of a checkpoint, mapped; their checksums are checked before anything in them is used.
struct CheckpointImage: Sendable {
    let record: CheckpointRecord
    let seriesPath: String, samplesPath: String
    private let series: any MappedRegion, samples: any MappedRegion

    /// Maps the files. All calls of the file system are made here, on the caller's thread.
    init(_ record: CheckpointRecord, _ files: any FileSystem, _ directory: String) throws(CheckpointFault) {
        self.record = record
        seriesPath = FileName.path(directory, .series, record.seriesFile)
        samplesPath = FileName.path(directory, .samples, record.number)
        series = try Self.map(seriesPath, files, byteCount: record.seriesByteCount, isWhole: false)
        samples = try Self.map(samplesPath, files, byteCount: record.samplesByteCount, isWhole: true)
    }

    private static func map(
        _ path: String, _ files: any FileSystem, byteCount: UInt64, isWhole: Bool
    ) throws(CheckpointFault) -> any MappedRegion {
        do throws(FileError) {
            guard try files.exists(path) else {
                throw FileError(path, "open", ENOENT)
            }
            let file = try files.open(path)
            if file.byteCount >= byteCount, !isWhole || file.byteCount == byteCount {
                return try file.map(at: 0, count: Int(byteCount))
            }
        } catch {
            let reason = error.code == ENOENT ? DamagedCheckpoint.Reason.missing : .unreadable(code: error.code)
            throw .damaged(path: path, reason: reason)
        }
        throw .damaged(path: path, reason: .length)
    }

    /// Calls `body` with the bytes of the file of series.
    func withSeries<Value: ~Copyable>(_ body: (RawSpan) -> Value) -> Value {
        // SAFETY: the region lives as long as this value.
        body(unsafe RawSpan(_unsafeStart: series.baseAddress, byteCount: series.byteCount))
    }

    /// Calls `body` with the bytes of the file of samples.
    func withSamples<Value: ~Copyable>(_ body: (RawSpan) -> Value) -> Value {
        // SAFETY: the region lives as long as this value.
        body(unsafe RawSpan(_unsafeStart: samples.baseAddress, byteCount: samples.byteCount))
    }
}
