internal import CLibrary

/// Files that no index names though one may have: moved out of the way, below `set-aside/` in the data directory,
/// instead of being removed. Each keeps its path there, such as `set-aside/blocks/…`, with a number behind it where
/// that is taken.
struct SetAside {
    private let fileSystem: any FileSystem
    private let directory: String

    /// Those of the database in `directory`.
    init(_ fileSystem: any FileSystem, _ directory: String) {
        self.fileSystem = fileSystem
        self.directory = directory
    }

    /// Moves a file there, durably.
    ///
    /// - Parameter path: Where it is, in the data directory.
    /// - Returns: Where it is now, in the data directory.
    /// - Throws: ``FileError``; the file is at either place then.
    func move(_ path: String) throws(FileError) -> String {
        let target = try freePath(path)
        try fileSystem.rename("\(directory)/\(path)", to: "\(directory)/\(target)")
        try sync(target)
        try fileSystem.syncDirectory(FilePath.parent(of: "\(directory)/\(path)") ?? ".")
        return target
    }

    /// Keeps a file that is about to be replaced, under a second name there.
    func keep(_ path: String) throws(FileError) {
        let target = try freePath(path)
        try fileSystem.link("\(directory)/\(path)", to: "\(directory)/\(target)")
        try sync(target)
    }

    /// A path there that no file has, in a directory that there is.
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

    /// Makes the name of a file there durable, and those of the directories that it is in.
    private func sync(_ target: String) throws(FileError) {
        var parent = FilePath.parent(of: target)
        while let path = parent {
            try fileSystem.syncDirectory("\(directory)/\(path)")
            parent = FilePath.parent(of: path)
        }
        try fileSystem.syncDirectory(directory)
    }
}
