internal import CLibrary

/// The few operations on files that discovery and configuration need.
package enum LocalFile {
    /// The reason why a file could not be read, in the system's words, or why it is not text.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        /// The line, from 1; nil if the failure is not about a line.
        package let line: Int?

        init(errno code: Int32) {
            description = SystemCall.message(code)
            line = nil
        }

        init(_ problem: FileText.Problem) {
            description = problem.description
            line = problem.line
        }
    }

    /// The properties of a file that change when it is written again.
    package struct Stamp: Hashable, Sendable {
        package let inode: UInt64
        package let size: Int64
        package let modifiedSeconds: Int
        package let modifiedNanoseconds: Int
        /// These change with the permissions, too.
        package let changedSeconds: Int
        package let changedNanoseconds: Int
    }

    /// Returns the stamp of the file at `path`; nil if it does not exist.
    package static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        guard SystemCall.fileStatus(path, &status) == 0 else { return nil }
        return Stamp(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
            modifiedNanoseconds: status.st_mtim.tv_nsec, changedSeconds: status.st_ctim.tv_sec,
            changedNanoseconds: status.st_ctim.tv_nsec)
    }

    /// Returns the whole file as text; see ``FileText``.
    package static func text(_ path: String) throws(Failure) -> String {
        let bytes = try read(path)
        do { return try FileText.decode(bytes) } catch { throw Failure(error) }
    }

    /// Returns the whole file.
    package static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = SystemCall.openFile(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = SystemCall.readBytes(descriptor, into: &buffer)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(errno: errno) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The files whose paths match a shell pattern, sorted; a path without special characters stands for itself.
    package static func matching(_ pattern: String) -> [String] { SystemCall.paths(matching: pattern) }

    /// Whether a shell pattern has a `[` that nothing closes; no file matches such a pattern, and Go refuses it.
    package static func isMalformed(_ pattern: String) -> Bool {
        guard let open = pattern.lastIndex(of: "[") else { return false }
        return !pattern[open...].contains("]")
    }

    /// Resolves `path` against `directory`, unless it is absolute or empty.
    package static func resolve(_ path: String, in directory: String) -> String {
        path.isEmpty || path.hasPrefix("/") || directory.isEmpty ? path : "\(directory)/\(path)"
    }

    /// Returns the directory part of `path`; empty for a bare name.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
