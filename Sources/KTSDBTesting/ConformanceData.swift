import CLibrary
internal import KTSDBModel

/// The conformance data that tests compare results with: a directory that is not part of the package.
///
/// The environment variable `KTSDB_CONFORMANCE` names the directory; the default is `../shared/conformance`, next to
/// the package.
public enum ConformanceData {
    /// The directory, or nil if it does not exist.
    public static let directory: String? = isDirectory(expectedDirectory) ? expectedDirectory : nil

    /// The path where the directory is expected.
    public static let expectedDirectory: String = {
        if let path = SystemCall.environment("KTSDB_CONFORMANCE") { return path }
        // This file is Sources/KTSDBTesting/ConformanceData.swift.
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/../shared/conformance"
    }()

    /// The message that tests print if there is no data to compare with.
    public static var skipNotice: String { "skipped: no conformance data at \(expectedDirectory)" }

    /// Returns the bytes of a file in the directory, or nil if the file or the directory does not exist.
    public static func file(_ path: String) -> [UInt8]? { directory.flatMap { try? readFile($0 + "/" + path) } }

    /// Returns the names of the files in a folder of the directory that end in `suffix`, sorted.
    public static func files(in folder: String, suffix: String) -> [String] {
        guard let directory, let names = try? listDirectory(directory + "/" + folder) else { return [] }
        return names.filter { $0.hasSuffix(suffix) }
    }
}

/// The reason why a file or directory could not be read.
public struct FileReadError: Error, CustomStringConvertible {
    /// The path as it was given.
    public var path: String
    /// The system's errno.
    public var code: Int32
    /// `PATH: reason`.
    public var description: String { "\(path): \(SystemCall.message(code))" }
}

/// Returns whether `path` is a directory.
public func isDirectory(_ path: String) -> Bool {
    SystemCall.isDirectory(path)
}

/// Reads the whole content of a file.
public func readFile(_ path: String) throws(FileReadError) -> [UInt8] {
    let descriptor = SystemCall.openFile(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileReadError(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        var span = buffer.mutableSpan
        var room = span.rawMutableBytes
        let count = SystemCall.readBytes(descriptor, into: &room)
        if count == 0 { return bytes }
        if count > 0 {
            bytes.append(contentsOf: buffer[..<count])
        } else if errno != EINTR {
            throw FileReadError(path: path, code: errno)
        }
    }
}

/// Lists the names in a directory, without `.` and `..`, sorted.
public func listDirectory(_ path: String) throws(FileReadError) -> [String] {
    guard let names = SystemCall.names(in: path) else { throw FileReadError(path: path, code: errno) }
    return names.sorted()
}
