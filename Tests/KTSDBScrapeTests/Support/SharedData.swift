import Foundation
import KTSDBTesting

/// Data beside the repository: conformance tables, and the seed's configuration.
enum SharedData {
    /// The file `path` of the conformance data; nil when it is not there.
    static func conformance(_ path: String) -> Data? { ConformanceData.file(path).map { Data($0) } }

    /// The path of a file of the seed's configuration, which is next to the conformance data; nil when it is
    /// not there.
    static func seed(_ path: String) -> String? {
        let file = "\(ConformanceData.expectedDirectory)/../seed/\(path)"
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }
}

extension TemporaryDirectory {
    /// Writes a file as a whole, as programs that maintain lists of targets do.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }
}
