import Foundation
import KTSDBTesting

/// The queries of `conformance/logs`, and what Loki answered.
enum RecordedQueries {
    /// A query of `parser.json`.
    struct Case: Decodable, Sendable {
        var id: String
        var query: String
        var disputed: String?
        var answer: Answer

        struct Answer: Decodable, Sendable {
            /// Whether `format_query` takes it.
            var ok: Bool
            /// What `format_query` makes of it.
            var formatted: String?
            /// Whether it runs.
            var runs: Bool?
            /// Why it is refused, or does not run.
            var error: String?
        }
    }

    private struct File<Element: Decodable>: Decodable {
        var cases: [Element]
    }

    private struct Query: Decodable {
        var query: String
    }

    /// The cases of `parser.json` whose answer counts.
    static func parserCases() throws -> [Case] {
        try cases(Case.self, in: "logs/parser.json").filter { $0.disputed == nil }
    }

    /// The texts of `parser.json` and `queries.json`.
    static func texts() throws -> [String] {
        try (cases(Query.self, in: "logs/parser.json") + cases(Query.self, in: "logs/queries.json")).map(\.query)
    }

    private static func cases<T: Decodable>(_ type: T.Type, in file: String) throws -> [T] {
        guard let bytes = ConformanceData.file(file) else { throw MissingFile(name: file) }
        return try JSONDecoder().decode(File<T>.self, from: Data(bytes)).cases
    }

    struct MissingFile: Error {
        var name: String
    }
}
