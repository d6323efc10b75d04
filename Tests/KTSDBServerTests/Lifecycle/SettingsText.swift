import Foundation
import KTSDBConfiguration
import KTSDBServer
import KTSDBTesting
import Testing

/// ktsdb's own settings, given as text.
enum SettingsText {
    static func load(_ text: String) throws -> Settings {
        let directory = TemporaryDirectory(), path = directory.path + "/ktsdb.yml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { withExtendedLifetime(directory) {} }
        return try Settings.load(path: path)
    }

    /// Settings that have `text` in their second line are refused for this reason, with the line.
    static func expectRefusal(_ text: String, _ reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try load("# rules\n" + text) }
        #expect(error?.description.contains(reason) ?? false, "\(String(describing: error))")
        #expect(error?.description.contains(":2") ?? false, "\(String(describing: error))")
    }
}
