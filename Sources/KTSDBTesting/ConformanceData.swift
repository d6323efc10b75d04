import CLibrary

/// The conformance data that tests compare results with: a directory that is not part of the package.
///
/// The environment variable `KTSDB_CONFORMANCE` names the directory; the default is `../shared/conformance`, next to
/// the package.
public enum ConformanceData {
    /// The directory, or nil if it does not exist.
    public static let directory: String? = isDirectory(expectedDirectory) ? expectedDirectory : nil

    /// The path where the directory is expected.
    public static let expectedDirectory: String = {
        if let path = unsafe getenv("KTSDB_CONFORMANCE") { return unsafe String(cString: path) }
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
    public var description: String { unsafe "\(path): \(String(cString: strerror(code)))" }
}

/// Returns whether `path` is a directory.
public func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Reads the whole content of a file.
public func readFile(_ path: String) throws(FileReadError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileReadError(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe read(descriptor, &buffer, buffer.count)
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
    guard let directory = unsafe opendir(path) else { throw FileReadError(path: path, code: errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
