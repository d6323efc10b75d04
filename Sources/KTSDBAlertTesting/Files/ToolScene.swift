import CLibrary
import KTSDBModel
import KTSDBTesting
import KTSDBTools

/// A directory of its own with the files of a case, in which a tool runs.
struct ToolScene {
    private let directory = TemporaryDirectory()
    private let input: [UInt8]

    /// Writes files by their paths. Paths in other directories, and those that lead out of this one, are left out.
    init(_ files: [String: String], input: String = "") throws {
        self.input = Array(input.utf8)
        for (path, text) in files where !path.hasPrefix("/") && !path.split(separator: "/").contains("..") {
            var folder = directory.path
            for part in path.split(separator: "/").dropLast() {
                folder += "/\(part)"
                _ = SystemCall.makeDirectory(folder, mode: 0o755)
            }
            try ToolFiles(root: directory.path).write(text, to: path)
        }
    }

    /// The files for a tool.
    var files: ToolFiles {
        let input = input
        return ToolFiles(root: directory.path) { input }
    }
}
