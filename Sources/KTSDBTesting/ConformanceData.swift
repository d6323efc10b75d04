import CLibrary
internal import KTSDBModel

/// The conformance data that tests compare with: a directory that is not part of the package.
///
/// It is looked for in the environment variable `KTSDB_CONFORMANCE`, else in `../shared/conformance` beside the
/// package.
public enum ConformanceData {
    /// The directory, or nil when there is none.
    public static let directory: String? = isDirectory(expectedDirectory) ? expectedDirectory : nil

    /// Where the directory is looked for.
    public static let expectedDirectory: String = {
        if let path = SystemCall.environment("KTSDB_CONFORMANCE") { return path }
        // This file is Sources/KTSDBTesting/ConformanceData.swift.
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/../shared/conformance"
    }()

    /// What tests print when there is nothing to compare with.
    public static var skipNotice: String { "skipped: no conformance data at \(expectedDirectory)" }

    /// The bytes of a file in the directory, or nil when there is no such file (or no directory).
    public static func file(_ path: String) -> [UInt8]? { directory.flatMap { try? readFile($0 + "/" + path) } }

    /// The names of the files in a folder of the directory that end in `suffix`, sorted.
    public static func files(in folder: String, suffix: String) -> [String] {
        guard let directory, let names = try? listDirectory(directory + "/" + folder) else { return [] }
        return names.filter { $0.hasSuffix(suffix) }
    }
}

/// Why a file or directory could not be read.
public struct FileReadError: Error, CustomStringConvertible {
    /// The path as given.
    public var path: String
    /// The system's errno.
    public var code: Int32
    /// `PATH: reason`.
    public var description: String { "\(path): \(SystemCall.message(code))" }
}

/// Whether there is a directory at `path`.
public func isDirectory(_ path: String) -> Bool {
    SystemCall.isDirectory(path)
}

/// The whole content of a file.
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

/// The names in a directory, without `.` and `..`, sorted.
public func listDirectory(_ path: String) throws(FileReadError) -> [String] {
    guard let names = SystemCall.names(in: path) else { throw FileReadError(path: path, code: errno) }
    return names.sorted()
}
