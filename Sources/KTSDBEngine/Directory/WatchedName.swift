internal import CLibrary

/// A name, and the file or directory that it leads to as long as nobody else interferes.
struct WatchedName: Sendable {
    /// The operation of the errors that ``check(in:)`` throws: `ENOENT` when the name is gone, `ESTALE` when it leads
    /// to something else.
    static let operation = "check"

    let path: String
    let identity: FileIdentity

    init(_ path: String, _ identity: FileIdentity) {
        self.path = path
        self.identity = identity
    }

    /// Watches the name as it is now; it must exist.
    init(_ path: String, in files: any FileSystem) throws(FileError) {
        guard let identity = try files.identity(of: path) else { throw FileError(path, Self.operation, ENOENT) }
        self.init(path, identity)
    }

    /// Makes sure that the name still leads to the same file or directory. Costs one system call that does not read
    /// from the disk.
    func check(in files: any FileSystem) throws(FileError) {
        guard let now = try files.identity(of: path) else { throw FileError(path, Self.operation, ENOENT) }
        guard now == identity else { throw FileError(path, Self.operation, ESTALE) }
    }
}
