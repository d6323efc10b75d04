internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Why a snapshot was not made. The database is as before; what was begun of the snapshot is removed.
@nonexhaustive
public enum SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is in memory could not be written into blocks.
    case sealFailed(String)
    /// A file or directory could not be written.
    case file(path: String, operation: String, code: Int32)
    /// The list of blocks of the snapshot could not be written.
    case manifest(String)

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .sealFailed(let reason): "What is in memory could not be written into blocks: \(reason)"
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed with error \(code) (\(systemMessage(code))). Check the disk and try again."
        case .manifest(let reason): reason
        }
    }
}

extension Database {
    /// Makes a snapshot below `snapshots/` in the data directory and returns its name: a data directory of its own,
    /// that can be opened or copied. Blocks are hard-linked, so it takes the space of what was in memory at most.
    ///
    /// - Parameter skipHead: Whether to leave out what is not in blocks yet; else that is sealed first.
    /// - Returns: The snapshot's name: the time it was made and a random part, as Prometheus names them.
    /// - Throws: When sealing or a file operation failed; nothing of the snapshot stays then.
    public func snapshot(skipHead: Bool = false) throws(SnapshotError) -> String {
        let result = maintenance.withLock { state -> Result<String, SnapshotError> in
            if let error = log?.check() { return .failure(SnapshotError(error)) }
            if !skipHead, !seal(&state) { return .failure(.sealFailed(state.sealFailure ?? "")) }
            let name = Self.snapshotName(at: configuration.clock())
            let temporary = "\(path)/snapshots/\(name).tmp"
            do throws(SnapshotError) {
                try makeSnapshot(temporary)
                do throws(FileError) {
                    try files.rename(temporary, to: "\(path)/snapshots/\(name)")
                    try files.syncDirectory("\(path)/snapshots")
                } catch { throw SnapshotError(error) }
                return .success(name)
            } catch {
                removeSnapshot(temporary)
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func makeSnapshot(_ directory: String) throws(SnapshotError) {
        let blocks = commit.withLock { $0.blocks.map(\.summary) }.sorted { $0.number < $1.number }
        do throws(FileError) {
            try files.createDirectory("\(path)/snapshots")
            try files.createDirectory(directory)
        } catch { throw SnapshotError(error) }
        do throws(ManifestError) {
            let copy = try Manifest.open(fileSystem: files, directory: directory)
            try copy.commit(
                ManifestEdit(
                    nextSeriesID: manifest.state.nextSeriesID, sealedThrough: manifest.state.sealedThrough,
                    added: blocks.map(\.record)))
        } catch { throw .manifest(error.description) }
        do throws(FileError) {
            try files.createDirectory(FileName.directory(directory, .blocks))
            for block in blocks {
                try files.link(
                    FileName.path(path, .block, block.number), to: FileName.path(directory, .block, block.number))
            }
            try files.syncDirectory(FileName.directory(directory, .blocks))
            try files.syncDirectory(directory)
        } catch { throw SnapshotError(error) }
    }

    /// Removes what there is of a snapshot that was not finished, as far as that goes.
    private func removeSnapshot(_ directory: String) {
        for part in [FileName.directory(directory, .blocks), directory] {
            for name in (try? files.list(part)) ?? [] { try? files.remove("\(part)/\(name)") }
            try? files.remove(part)
        }
    }

    /// A name as Prometheus gives it: the time in UTC to the second, and 16 random hexadecimal digits.
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
