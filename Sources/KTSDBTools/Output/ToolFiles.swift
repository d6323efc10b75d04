internal import CLibrary
internal import KTSDBConfiguration

/// The files that a tool reads, and its standard input.
package struct ToolFiles: Sendable {
    /// The directory where relative paths begin; empty for the current one. Output has the paths as they were given.
    package var root: String
    /// Returns all of standard input.
    package var input: @Sendable () throws(ToolFileError) -> [UInt8]

    /// The largest file that is read, in bytes.
    package static let byteLimit = 256 << 20

    package init(
        root: String = "",
        input: @escaping @Sendable () throws(ToolFileError) -> [UInt8] = {
            () throws(ToolFileError) in try ToolFiles.read(0, name: "standard input")
        }
    ) {
        self.root = root
        self.input = input
    }

    /// What a path names.
    package enum Kind: Hashable, Sendable { case missing, file, directory }

    package func kind(_ path: String) -> Kind {
        var status = stat()
        guard SystemCall.fileStatus(place(path), &status) == 0 else { return .missing }
        return SystemCall.isDirectory(place(path)) ? .directory : .file
    }

    /// Returns the whole file as text.
    /// - Throws: ``ToolFileError`` in Go's words: `open F: no such file or directory`.
    package func text(_ path: String) throws(ToolFileError) -> String { try Self.decode(try bytes(path)) }

    /// Returns all of standard input as text.
    package func inputText() throws(ToolFileError) -> String { try Self.decode(try input()) }

    /// Returns the whole file.
    package func bytes(_ path: String) throws(ToolFileError) -> [UInt8] {
        if kind(path) == .directory { throw ToolFileError("read \(path): is a directory") }
        let descriptor = SystemCall.openFile(place(path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ToolFileError("open \(path): \(Self.message(errno))") }
        defer { close(descriptor) }
        return try Self.read(descriptor, name: path)
    }

    /// Writes a file, in the place of one that is there.
    package func write(_ text: String, to path: String) throws(ToolFileError) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes a file, in the place of one that is there.
    package func write(_ bytes: [UInt8], to path: String) throws(ToolFileError) {
        let descriptor = SystemCall.openFile(place(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw ToolFileError("open \(path): \(Self.message(errno))") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = SystemCall.writeBytes(descriptor, Array(rest))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ToolFileError("write \(path): \(Self.message(errno))") }
            rest = rest.dropFirst(count)
        }
    }

    /// The paths that match a shell pattern, sorted.
    package func matching(_ pattern: String) -> [String] {
        let isMoved = !root.isEmpty && !pattern.hasPrefix("/")
        let found = LocalFile.matching(place(pattern))
        return isMoved ? found.map { String($0.dropFirst(root.utf8.count + 1)) } : found
    }

    /// The file's path for the system.
    package func place(_ path: String) -> String { LocalFile.resolve(path, in: root) }

    /// The path as it was given.
    package func unplaced(_ path: String) -> String {
        !root.isEmpty && path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }

    private static func read(_ descriptor: Int32, name: String) throws(ToolFileError) -> [UInt8] {
        var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = SystemCall.readBytes(descriptor, into: &buffer)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ToolFileError("read \(name): \(message(errno))") }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= byteLimit else {
                throw ToolFileError("read \(name): larger than \(ByteSize.format(byteLimit)); check a smaller file")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The reason why a path is not there, as Go says it; nil if it is.
    package func absence(_ path: String) -> String? {
        var status = stat()
        guard SystemCall.fileStatus(place(path), &status) != 0 else { return nil }
        return "stat \(path): \(Self.message(errno))"
    }

    /// The system's words for an error; Go's begin with a small letter.
    private static func message(_ code: Int32) -> String {
        let text = SystemCall.message(code)
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    private static func decode(_ bytes: [UInt8]) throws(ToolFileError) -> String {
        do { return try FileText.decode(bytes) } catch { throw ToolFileError("yaml: \(error)") }
    }
}

/// The reason why a file cannot be read, in Go's words where Go has them.
package struct ToolFileError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
