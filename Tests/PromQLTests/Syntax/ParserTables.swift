import Foundation
import KTSDBTesting
import Testing

/// The tables of `conformance/parser`, read anew for each test.
enum ParserTables {
    /// The cases of a table.
    static func cases(_ file: String) throws -> [[String: Any]] {
        let bytes = try #require(ConformanceData.file("parser/" + file), "\(file) is missing")
        let cases = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [[String: Any]])
        #expect(cases.count > 5)
        return cases
    }

    /// A text of a table: a string, or base64 where it is no UTF-8.
    static func bytes(_ value: Any?) throws -> [UInt8] {
        if let text = value as? String { return Array(text.utf8) }
        let encoded = try #require((value as? [String: Any])?["base64"] as? String)
        return Array(try #require(Data(base64Encoded: encoded)))
    }
}
