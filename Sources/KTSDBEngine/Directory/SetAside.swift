internal import CLibrary

/// Moves files that no index names, although one may have named them, to `set-aside/` of the data directory instead of
/// removing them. Each keeps its path there, such as `set-aside/blocks/…`, followed by a number if that is taken.
struct SetAside {
    private let fileSystem: any FileSystem
    private let directory: String

    /// Sets aside files of the database in `directory`.
    init(_ fileSystem: any FileSystem, _ directory: String) {
        self.fileSystem = fileSystem
        self.directory = directory
    }

    /// Moves a file to `set-aside/`, durably.
    ///
    /// - Parameter path: Where the file is, relative to the data directory.
    /// - Returns: Where it is now, relative to the data directory.
    /// - Throws: ``FileError``; the file is at either place then.
    func move(_ path: String) throws(FileError) -> String {
        let target = try freePath(path)
        try fileSystem.rename("\(directory)/\(path)", to: "\(directory)/\(target)")
        try sync(target)
        try fileSystem.syncDirectory(FilePath.parent(of: "\(directory)/\(path)") ?? ".")
        return target
    }

    /// Keeps a file that is about to be replaced, by giving it a second name in `set-aside/`.
    ///
    /// - Returns: The second name, relative to the data directory.
    @discardableResult
    func keep(_ path: String) throws(FileError) -> String {
        let target = try freePath(path)
        try fileSystem.link("\(directory)/\(path)", to: "\(directory)/\(target)")
        try sync(target)
        return target
    }

    /// Returns a path in `set-aside/` that no file has, and creates its directory.
    private func freePath(_ path: String) throws(FileError) -> String {
        let target = "\(FileName.Directory.setAside.rawValue)/\(path)"
        try fileSystem.createDirectory(FilePath.parent(of: "\(directory)/\(target)") ?? directory)
        var number = 1
        while true {
            let candidate = number == 1 ? target : "\(target).\(number)"
            if try !fileSystem.exists("\(directory)/\(candidate)") { return candidate }
            number += 1
        }
    }

    /// Makes the name of a file in `set-aside/` durable, and those of the directories that it is in.
    private func sync(_ target: String) throws(FileError) {
        var parent = FilePath.parent(of: target)
        while let path = parent {
            try fileSystem.syncDirectory("\(directory)/\(path)")
            parent = FilePath.parent(of: path)
        }
        try fileSystem.syncDirectory(directory)
    }
}
