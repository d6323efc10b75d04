internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Why a snapshot was not made. No sample was lost; samples in memory may have been sealed. The unfinished snapshot was
/// removed, as far as the disk allowed.
@nonexhaustive
public enum SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The samples in memory could not be written into blocks.
    case sealFailed(String)
    /// A file or directory could not be written.
    case file(path: String, operation: String, code: Int32)
    /// The list of blocks of the snapshot could not be written.
    case manifest(String)
    /// The database is in memory, or is only read: it has no directory to write into.
    case noDirectory
    /// The database was closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .sealFailed(let reason):
            "The samples in memory could not be written into blocks. No snapshot was made; try again. \(reason)"
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed (\(SystemCall.message(code))). No snapshot was made; check the disk and try again."
        case .manifest(let reason): reason
        case .noDirectory:
            "No snapshot was made: the database is in memory or is only read. Open a directory for writing to make one."
        case .closed: "No snapshot was made: the database is closed. Open it again."
        }
    }
}

extension Database {
    /// Makes a snapshot in `snapshots/` of the data directory and returns its name. A snapshot is a data directory of
    /// its own, which can be opened or copied, with all samples and records. Blocks are hard-linked, so it takes at
    /// most the space of what was in memory.
    ///
    /// - Parameter skipHead: Whether to leave out what is not in blocks yet; otherwise that is sealed first. The
    ///   records are those of the last seal, so that none is ahead of the samples; none if nothing was sealed since the
    ///   database was opened with commits after its last seal.
    /// - Returns: The snapshot's name: the time it was made and a random part, as Prometheus names its snapshots.
    /// - Throws: ``SnapshotError`` when sealing or a file operation failed; what was written of the snapshot is
    ///   removed.
    public func snapshot(skipHead: Bool = false) throws(SnapshotError) -> String {
        let result = maintenance.withLock { state -> Result<String, SnapshotError> in
            guard log != nil, !isReading else { return .failure(.noDirectory) }
            guard !commit.withLock({ $0.isClosed }) else { return .failure(.closed) }
            if let error = log?.check() { return .failure(SnapshotError(error)) }
            if !skipHead, !seal(&state) { return .failure(.sealFailed(state.sealFailure ?? "")) }
            var records = state.sealedRecords
            // Deletions are about what is in blocks, so that none is ahead of the samples.
            records.replace(DeletionRecord.space, by: head.sideData.withLock { $0.records })
            let name = Self.snapshotName(at: configuration.wallClock())
            let target = "\(FileName.directory(path, .snapshots))/\(name)", temporary = target + ".tmp"
            do throws(SnapshotError) {
                try makeSnapshot(temporary, records)
                do throws(FileError) {
                    try files.rename(temporary, to: target)
                    try files.syncDirectory(FileName.directory(path, .snapshots))
                } catch { throw SnapshotError(error) }
                return .success(name)
            } catch {
                for path in [temporary, target] { removeSnapshot(path) }
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Writes the samples in memory into blocks now, whatever their age.
    package func seal() throws(SnapshotError) {
        let failure = maintenance.withLock { state in seal(&state) ? nil : state.sealFailure ?? "" }
        if let failure { throw .sealFailed(failure) }
    }

    private func makeSnapshot(_ directory: String, _ records: RecordTable) throws(SnapshotError) {
        let blocks = commit.withLock { $0.blocks.map(\.summary) }.sorted { $0.number < $1.number }
        do throws(FileError) {
            try files.createDirectory(FileName.directory(path, .snapshots))
            try files.createDirectory(directory)
        } catch { throw SnapshotError(error) }
        let databaseID: UInt64
        do throws(ManifestError) {
            let copy = try Manifest.open(fileSystem: files, directory: directory)
            databaseID = copy.state.databaseID
            try copy.commit(
                ManifestEdit(
                    nextSeriesID: manifest.state.nextSeriesID, sealedThrough: manifest.state.sealedThrough,
                    added: blocks))
        } catch { throw .manifest(error.description) }
        do throws(FileError) {
            try files.createDirectory(FileName.directory(directory, .blocks))
            for block in blocks {
                try files.link(
                    FileName.path(path, .block, block.number), to: FileName.path(directory, .block, block.number))
            }
            try files.syncDirectory(FileName.directory(directory, .blocks))
        } catch { throw SnapshotError(error) }
        if !records.isEmpty { try write(records, to: directory, databaseID: databaseID) }
        do throws(FileError) { try files.syncDirectory(directory) } catch { throw SnapshotError(error) }
    }

    /// Gives a snapshot a log with one commit, which sets all records: blocks have none.
    private func write(
        _ records: RecordTable, to directory: String, databaseID: UInt64
    ) throws(SnapshotError) {
        var sideData = CommitSideData(), encoded = EncodedCommit()
        sideData.records = records.asChanges
        encoded.encode(sideData)
        do throws(LogError) {
            let log = try LogWriter.create(
                fileSystem: files, directory: FileName.directory(directory, .log), databaseID: databaseID,
                after: manifest.state.sealedThrough)
            try log.prepare(byteCount: encoded.body.byteCount)
            _ = try log.append(acceptancePolicy.context, encoded.body)
            try log.close()
        } catch { throw SnapshotError(error) }
    }

    /// Removes an unfinished snapshot, as far as possible.
    private func removeSnapshot(_ directory: String) {
        for part in [FileName.directory(directory, .blocks), FileName.directory(directory, .log), directory] {
            for name in (try? files.list(part)) ?? [] { try? files.remove("\(part)/\(name)") }
            try? files.remove(part)
        }
    }

    /// Returns a name as Prometheus would give it: the time in UTC to the second, and 16 random hexadecimal digits.
    private static func snapshotName(at milliseconds: Int64) -> String {
        let parts = SystemCall.calendar(Int(milliseconds / 1000))
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2)
        let clock = digits(parts.hour, 2) + digits(parts.minute, 2) + digits(parts.second, 2)
        return "\(date)T\(clock)Z-\(FileName.digits(.random(in: 0 ... .max)))"
    }
}

extension SnapshotError {
    init(_ error: FileError) { self = .file(path: error.path, operation: error.operation, code: error.code) }
}

extension SnapshotError {
    init(_ error: LogError) {
        switch error {
        case .failed(let error), .notDurable(_, let error): self.init(error)
        case .diskFull(let path): self.init(FileError(path, "write", ENOSPC))
        default: self = .manifest(error.description)
        }
    }
}
