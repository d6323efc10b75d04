import Foundation
import KTSDBTesting

/// Data beside the repository: conformance tables, and the seed's configuration.
enum SharedData {
    /// The file `path` of the conformance data; nil, and a line about it, when it is not there.
    static func conformance(_ path: String) -> Data? {
        if let bytes = ConformanceData.file(path) { return Data(bytes) }
        print(ConformanceData.skipNotice)
        return nil
    }

    /// The path of a file of the seed's configuration, which stands beside the conformance data; nil, and a line about
    /// it, when it is not there.
    static func seed(_ path: String) -> String? {
        let file = "\(ConformanceData.expectedDirectory)/../seed/\(path)"
        if FileManager.default.fileExists(atPath: file) { return file }
        print(ConformanceData.skipNotice)
        return nil
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
