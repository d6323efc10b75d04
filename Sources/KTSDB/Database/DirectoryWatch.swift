internal import Glibc

/// A name, and the file or directory that it stands for as long as nobody else interferes.
struct WatchedName: Sendable {
    /// The operation of the errors that ``check(in:)`` throws: `ENOENT` when the name is gone, `ESTALE` when it stands for
    /// something else.
    static let operation = "check"

    let path: String
    let identity: FileIdentity

    init(_ path: String, _ identity: FileIdentity) {
        self.path = path
        self.identity = identity
    }

    /// The name as it is now; it must be there.
    init(_ path: String, in files: any FileSystem) throws(FileError) {
        guard let identity = try files.identity(of: path) else { throw FileError(path, Self.operation, ENOENT) }
        self.init(path, identity)
    }

    /// Costs one call of the system that reads no disk.
    func check(in files: any FileSystem) throws(FileError) {
        guard let now = try files.identity(of: path) else { throw FileError(path, Self.operation, ENOENT) }
        guard now == identity else { throw FileError(path, Self.operation, ESTALE) }
    }
}

/// Whether an open database's directory is still the one that was opened.
///
/// Open files outlive their names: whoever removes, renames or unmounts the directory makes no write and no sync fail, and
/// yet a start finds nothing. So the names are looked at after every sync, before anything counts as durable, and every
/// second (``LogWriter``).
struct DirectoryWatch: Sendable {
    private let files: any FileSystem
    private let manifest: Manifest
    private let names: [WatchedName]
    /// Where files are made.
    private let directories: [String]

    /// Watches the directory `path` as it is now.
    init(_ files: any FileSystem, _ path: String, _ manifest: Manifest) throws(FileError) {
        self.files = files
        self.manifest = manifest
        directories = [path, "\(path)/blocks", "\(path)/checkpoints"]
        var names: [WatchedName] = []
        for name in directories + ["\(path)/LOCK"] { names.append(try WatchedName(name, in: files)) }
        self.names = names
    }

    /// Makes sure that nothing is gone or replaced; `isThorough` asks, too, whether the directories may be written.
    func check(isThorough: Bool) throws(FileError) {
        for name in names { try name.check(in: files) }
        try manifest.checkNames()
        if isThorough { for directory in directories { try files.checkWritable(directory) } }
    }
}
