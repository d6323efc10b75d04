internal import KTSDBModel

/// A file in `set-aside/` of a data directory.
public struct SetAsideEntry: Hashable, Sendable, CustomStringConvertible {
    /// What can be done with a file that was set aside.
    @nonexhaustive
    public enum State: Hashable, Sendable {
        /// A block that can be restored.
        case restorable
        /// A block that was restored: it is back in its place.
        case restored
        /// The database already has a block of this number.
        case isKnown
        /// The file cannot be restored by itself, for this reason.
        case kept(String)
    }

    /// The path of the file, relative to the data directory.
    public var path: String
    /// The length of the file, in bytes.
    public var byteCount: UInt64
    /// What can be done with the file, or was done.
    public var state: State

    /// A line that names the file, its length and its state.
    public var description: String {
        let what =
            switch state {
            case .restorable: "can be restored"
            case .restored: "was restored"
            case .isKnown: "the database already has this block"
            case .kept(let reason): reason
            }
        return "\(path): \(byteCount) bytes, \(what)"
    }
}

extension Database {
    /// Lists the files that openings of the database in `path` have set aside, however long ago. Changes nothing.
    ///
    /// - Throws: ``OpenError``; ``OpenError/locked(path:processID:)`` while someone has the database open for writing.
    public static func setAsideFiles(path: String) throws(OpenError) -> [SetAsideEntry] {
        let database = try Database.reading(path: path)
        defer { try? database.close() }
        do throws(FileError) {
            return try SetAsideArchive(database.files, path, database.manifest).entries()
        } catch { throw OpenError(error) }
    }

    /// Restores the blocks that openings of the database in `path` have set aside: they belong to it again. What cannot
    /// be restored stays where it is.
    ///
    /// - Throws: ``OpenError``; ``OpenError/locked(path:processID:)`` while someone has the database open. Blocks that
    ///   were restored before the error stay in the database.
    public static func restoreSetAside(path: String) throws(OpenError) -> [SetAsideEntry] {
        try restoreSetAside(files: POSIXFileSystem(), path: path)
    }

    package static func restoreSetAside(files: any FileSystem, path: String) throws(OpenError) -> [SetAsideEntry] {
        do throws(FileError) {
            guard try files.exists(path) else { throw FileError(path, "open", 2) }
        } catch { throw OpenError(error) }
        var configuration = Configuration()
        configuration.runsMaintenance = false
        let database = try Database(files: files, path: path, configuration: configuration)
        defer { try? database.close() }
        do throws(FileError) {
            let entries = try SetAsideArchive(files, path, database.manifest).restore()
            // What has come back may be missing from rollups.
            if entries.contains(where: { $0.state == .restored }) { database.rollUpAgain() }
            return entries
        } catch { throw OpenError(error) }
    }
}

/// The contents of `set-aside/`.
private struct SetAsideArchive {
    private let files: any FileSystem
    private let path: String
    private let manifest: Manifest

    init(_ files: any FileSystem, _ path: String, _ manifest: Manifest) {
        self.files = files
        self.path = path
        self.manifest = manifest
    }

    func entries() throws(FileError) -> [SetAsideEntry] {
        var entries: [SetAsideEntry] = []
        for directory in ["", "/blocks", "/checkpoints", "/wal"] {
            let relative = FileName.Directory.setAside.rawValue + directory
            guard try files.exists("\(path)/\(relative)") else { continue }
            for name in try files.list("\(path)/\(relative)")
            where directory != "" || !FileName.Directory.ofData.contains(where: { $0.rawValue == name }) {
                let file = "\(relative)/\(name)"
                entries.append(
                    SetAsideEntry(
                        path: file, byteCount: try files.open("\(path)/\(file)").byteCount,
                        state: directory == "/blocks" ? state(of: name) : .kept(Self.reason(directory))))
            }
        }
        return entries
    }

    private static func reason(_ directory: String) -> String {
        switch directory {
        case "/checkpoints": "everything in a checkpoint is also in blocks and the log"
        case "/wal": "a segment cannot be inserted into a log that has continued without it"
        default: "it is kept for inspection"
        }
    }

    private func state(of name: String) -> SetAsideEntry.State {
        guard let number = UInt64(name.prefix(16), radix: 16) else { return .kept("its name is not that of a block") }
        if manifest.state.blocks.contains(where: { $0.number == number }) { return .isKnown }
        do throws(ReadError) {
            _ = try openBlock(name, number)
            return .restorable
        } catch { return .kept("it cannot be read: \(error)") }
    }

    private func openBlock(_ name: String, _ number: UInt64) throws(ReadError) -> Block {
        try Block.open(
            unnamed: number, fileSystem: files,
            path: "\(FileName.directory(path, .setAside))/\(FileName.relative(.blocks, name))")
    }

    /// Moves blocks back and makes the MANIFEST name them, one after the other.
    func restore() throws(FileError) -> [SetAsideEntry] {
        var entries = try entries()
        for index in entries.indices where entries[index].state == .restorable {
            let name = FilePath.name(of: entries[index].path)
            guard let number = UInt64(name.prefix(16), radix: 16), let block = try? openBlock(name, number) else {
                continue
            }
            let target = FileName.path(path, .block, number)
            guard try !files.exists(target) else {
                entries[index].state = .kept("another file is in its place")
                continue
            }
            // A second link comes first: if the file were moved and the power failed, the only copy would have a name
            // that the MANIFEST does not know.
            try files.link("\(path)/\(entries[index].path)", to: target)
            try files.syncDirectory(FileName.directory(path, .blocks))
            do throws(ManifestError) { try manifest.commit(ManifestEdit(added: [block.summary])) } catch {
                throw FileError(
                    path: "\(path)/\(FileName.manifest)", operation: "write", code: 5, detail: error.description)
            }
            try files.remove("\(path)/\(entries[index].path)")
            entries[index].state = .restored
        }
        return entries
    }
}
