internal import CLibrary
internal import KTSDBModel

/// The list of what a snapshot or a backup consists of: blocks, and a log that has nothing but records.
///
/// It is a data directory whose samples are all in blocks. Nobody writes it, so that it can be read without a lock.
struct SealedDirectory {
    let files: any FileSystem
    let path: String
    let state: ManifestState
    let records: RecordTable

    /// Reads the list in the directory `path`.
    ///
    /// - Throws: ``BackupError``; ``BackupError/notSnapshot(path:)`` if the directory may have samples elsewhere.
    init(_ files: any FileSystem, _ path: String) throws(BackupError) {
        self.files = files
        self.path = path
        do throws(ManifestError) { state = try ManifestReader(files, path).state } catch {
            throw BackupError(error, path: path)
        }
        guard state.checkpoints.isEmpty else { throw .notSnapshot(path: path) }
        records = try Self.records(files, path, state)
    }

    private static func records(
        _ files: any FileSystem, _ path: String, _ state: ManifestState
    ) throws(BackupError) -> RecordTable {
        var records = RecordTable(), hasSamples = false
        var log = LogReader<LoggedCommit>(
            fileSystem: files, directory: FileName.directory(path, .log), databaseID: state.databaseID,
            checkpoint: nil, sealedThrough: state.sealedThrough, groupByteLimit: 1 << 20)
        do throws(LogReadFailure) {
            try log.scan(sealedThrough: state.sealedThrough)
            let group = FrameGroup<LoggedCommit>()
            while try log.next(into: group) {
                for index in 0..<group.count {
                    hasSamples = hasSamples || (!group.isSealed && group[index].rowCount > 0)
                    records.apply(group[index].sideData.records)
                }
            }
        } catch {
            switch error {
            case .log(let error): throw BackupError(error, path: path)
            case .vanished, .rewritten: throw .notSnapshot(path: path)
            }
        }
        if hasSamples { throw .notSnapshot(path: path) }
        if let damage = log.damage.first { throw .damaged(path: damage.path, detail: damage.description) }
        return records
    }

    /// The length of all blocks, in bytes.
    var byteCount: UInt64 { state.blocks.reduce(0) { $0 + $1.byteCount } }
}
