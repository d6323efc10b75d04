import Foundation

/// Data beside the repository: conformance tables, and the seed's configuration.
enum SharedData {
    /// The file `path` of the conformance data; nil, and a line about it, when it is not there.
    static func conformance(_ path: String) -> URL? { existing(conformanceDirectory.appending(path: path)) }

    /// The file `path` of the seed's configuration, which stands beside the conformance data.
    static func seed(_ path: String) -> URL? {
        existing(conformanceDirectory.deletingLastPathComponent().appending(path: "seed").appending(path: path))
    }

    private static var conformanceDirectory: URL {
        if let directory = ProcessInfo.processInfo.environment["KTSDB_CONFORMANCE"] { return URL(filePath: directory) }
        let package = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return package.deletingLastPathComponent().appending(path: "shared/conformance")
    }

    private static func existing(_ url: URL) -> URL? {
        if FileManager.default.fileExists(atPath: url.path) { return url }
        print("skipped: no conformance data at \(url.path)")
        return nil
    }
}

/// A directory that is removed at the end.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ktsdb-scrape-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }
}
