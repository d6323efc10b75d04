/// Paths as Go's package `path/filepath` joins them.
package enum GoPath {
    /// The directory of a file: `.` for a bare name.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return clean(String(path[...slash]))
    }

    /// A path of a file, from the directory of the file that names it. Absolute paths are left alone.
    package static func join(_ directory: String, _ path: String) -> String {
        path.isEmpty || path.hasPrefix("/") ? path : clean(directory + "/" + path)
    }

    /// The path without `.`, `..` and repeated slashes, where that is possible without looking at files.
    package static func clean(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        if isAbsolute { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The extension with its point: `.yml`.
    package static func fileExtension(_ path: String) -> String {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
    }
}
