internal import CLibrary

/// A data directory that is being written by a restore or a clone.
///
/// Until it is complete it has a file `INCOMPLETE`, which is on the disk before anything else is, and goes when
/// everything is on the disk. No database is opened in such a directory.
struct NewDirectory {
    let files: any FileSystem
    let path: String
    private let existed: Bool

    /// Creates the directory, or takes one that is empty.
    ///
    /// - Throws: ``BackupError``; ``BackupError/notEmpty(path:)`` if there is anything in it.
    init(_ files: any FileSystem, _ path: String) throws(BackupError) {
        self.files = files
        self.path = path
        do throws(FileError) {
            existed = try files.exists(path)
            // A new volume of some file systems is not quite empty.
            if existed, try files.list(path).contains(where: { $0 != "lost+found" }) {
                throw FileError(path, "create", ENOTEMPTY)
            }
            if !existed { try files.createDirectory(path) }
        } catch {
            if error.code == ENOTEMPTY { throw .notEmpty(path: path) }
            throw BackupError(error)
        }
        let marker: any WritableFile
        do throws(FileError) { marker = try files.create("\(path)/\(FileName.incomplete)") } catch {
            // Whoever has created it writes here, so that nothing is removed.
            if error.code == EEXIST { throw .notEmpty(path: path) }
            if !existed { try? files.remove(path) }
            throw BackupError(error)
        }
        do throws(FileError) {
            defer { marker.close() }
            try marker.sync()
            try files.syncDirectory(path)
            try files.syncDirectory(FilePath.parent(of: path) ?? ".")
            try files.createDirectory(FileName.directory(path, .blocks))
        } catch {
            discard()
            throw BackupError(error)
        }
    }

    /// Returns whether a directory is neither one that is being written nor a part of a backup.
    static func isComplete(_ files: any FileSystem, _ path: String) throws(FileError) -> Bool {
        try !files.exists("\(path)/\(FileName.incomplete)")
    }

    /// Makes the directory a database, once everything in it is synced.
    func complete() throws(FileError) {
        try files.syncDirectory(FileName.directory(path, .blocks))
        try files.syncDirectory(path)
        try files.remove("\(path)/\(FileName.incomplete)")
        try files.syncDirectory(path)
    }

    /// Removes what was written, as far as possible.
    func discard() {
        let names = ((try? files.list(path)) ?? []).filter { $0 != FileName.incomplete && $0 != "lost+found" }
        for name in names { FileTree.remove("\(path)/\(name)", files) }
        try? files.remove("\(path)/\(FileName.incomplete)")
        if !existed { try? files.remove(path) }
    }
}

/// Whole directories.
enum FileTree {
    /// Removes a file, or a directory with what is in it, as far as possible.
    static func remove(_ path: String, _ files: any FileSystem) {
        for name in (try? files.list(path)) ?? [] { remove("\(path)/\(name)", files) }
        try? files.remove(path)
    }
}
