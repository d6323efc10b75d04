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
    /// The list of what its rollups consist of: MANIFEST and blocks without a log; nil without rollups.
    let rollups: ManifestState?

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
        let rollupsPath = FileName.directory(path, .rollups)
        let hasRollups: Bool
        do throws(FileError) { hasRollups = try files.exists(rollupsPath) } catch { throw BackupError(error) }
        do throws(ManifestError) { rollups = hasRollups ? try ManifestReader(files, rollupsPath).state : nil } catch {
            throw BackupError(error, path: rollupsPath)
        }
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

    /// A block, and the data directory that it belongs to, relative to this one: nil for this one itself.
    struct Member {
        let summary: BlockSummary
        let directory: FileName.Directory?

        /// Returns the path of the block in the data directory `path`.
        func path(in path: String) -> String {
            FileName.path(directory.map { FileName.directory(path, $0) } ?? path, .block, summary.number)
        }
    }

    /// All blocks, those of rollups included.
    var members: [Member] {
        state.blocks.map { Member(summary: $0, directory: nil) }
            + (rollups?.blocks ?? []).map { Member(summary: $0, directory: .rollups) }
    }

    /// The length of all blocks, in bytes.
    var byteCount: UInt64 { members.reduce(0) { $0 + $1.summary.byteCount } }
}
