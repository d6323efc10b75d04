internal import CLibrary

/// Checks that an open database's directory is still the one that was opened.
///
/// Open files outlive their names: when someone removes, renames or unmounts the directory, no write or sync fails, and
/// yet the next opening finds nothing. So the names are checked after every sync, before anything counts as durable,
/// and every second (``LogWriter``).
struct DirectoryWatch: Sendable {
    private let files: any FileSystem
    private let manifest: Manifest
    private let names: [WatchedName]
    /// The directories in which files are created.
    private let directories: [String]

    /// Watches the directory `path` as it is now.
    init(_ files: any FileSystem, _ path: String, _ manifest: Manifest) throws(FileError) {
        self.files = files
        self.manifest = manifest
        directories = [path, FileName.directory(path, .blocks), FileName.directory(path, .checkpoints)]
        var names: [WatchedName] = []
        for name in directories { names.append(try WatchedName(name, in: files)) }
        // A snapshot that is only read has no lock file.
        let lock = "\(path)/\(FileName.lock)"
        if try files.exists(lock) { names.append(try WatchedName(lock, in: files)) }
        self.names = names
    }

    /// Makes sure that nothing is gone or replaced; if `isThorough`, also that the directories can be written.
    func check(isThorough: Bool) throws(FileError) {
        for name in names { try name.check(in: files) }
        try manifest.checkNames()
        if isThorough { for directory in directories { try files.checkWritable(directory) } }
    }
}
