internal import KTSDBModel

/// Writes the list of what a new data directory consists of: a MANIFEST with an id of its own that names blocks, and a
/// log with one commit that sets all records, because blocks have none.
struct SealedDirectoryWriter {
    private let files: any FileSystem
    private let path: String

    /// Writes into the directory `path`, which exists and has neither a MANIFEST nor a log.
    init(_ files: any FileSystem, _ path: String) {
        self.files = files
        self.path = path
    }

    /// Writes the MANIFEST, synced, and returns the database's id.
    func writeManifest(of state: ManifestState, blocks: [BlockSummary]) throws(ManifestError) -> UInt64 {
        // The blocks are there already, so that it does not look like a new database.
        let id = UInt64.random(in: 1...(.max))
        let manifest = try Manifest.open(fileSystem: files, directory: path, databaseID: id) { () throws(FileError) in
            id
        }
        try manifest.commit(
            ManifestEdit(
                nextSeriesID: state.nextSeriesID, sealedThrough: state.sealedThrough, added: blocks,
                removedThrough: state.removedThrough, rewrittenThrough: state.rewrittenThrough, rollups: state.rollups))
        // Its names are on the disk before the directory gets its own.
        do throws(FileError) { try files.syncDirectory(path) } catch { throw ManifestError(error) }
        return manifest.state.databaseID
    }

    /// Writes and syncs the log. Does nothing without records.
    func write(
        _ records: RecordTable, databaseID: UInt64, after sequence: UInt64, _ context: FrameContext
    ) throws(LogError) {
        guard !records.isEmpty else { return }
        var sideData = CommitSideData(), encoded = EncodedCommit()
        sideData.records = records.asChanges
        encoded.encode(sideData)
        let log = try LogWriter.create(
            fileSystem: files, directory: FileName.directory(path, .log), databaseID: databaseID, after: sequence)
        try log.prepare(byteCount: encoded.body.byteCount)
        _ = try log.append(context, encoded.body)
        try log.close()
    }
}
