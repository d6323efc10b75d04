import KTSDBEngine
import KTSDBModel
import KTSDBServer

/// What `/metrics` said at one moment.
struct MetricPage: Sendable {
    /// By name, with the first of the labels `reason`, `slice`, `holder` and `limit` where a series has them; series
    /// that differ in other labels are added up. Of histograms and summaries there are `_sum` and `_count`.
    private(set) var values: [String: Double] = [:]
    /// The type and the help text of each family, by name.
    private(set) var families: [String: (type: String, help: String)] = [:]

    init() {}

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#") {
                addComment(line)
                continue
            }
            guard let blank = line.lastIndex(of: " "), let value = Double(line[line.index(after: blank)...]) else {
                values["unreadable line: \(line)"] = .nan
                continue
            }
            let series = line[..<blank], name = series.prefix { $0 != "{" }
            if name.hasSuffix("_bucket") || series.contains("quantile=\"") { continue }
            let label = series.firstMatch(of: /(?:reason|slice|holder|limit)="[^"]*"/).map { "{\($0.0)}" } ?? ""
            values[name + label, default: 0] += value
        }
    }

    /// Takes in a line such as `# HELP up Whether the target answers.`
    private mutating func addComment(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count == 4 else { return }
        if words[1] == "HELP" { families[String(words[2]), default: ("", "")].help = String(words[3]) }
        if words[1] == "TYPE" { families[String(words[2]), default: ("", "")].type = String(words[3]) }
    }

    subscript(name: String) -> Double? { values[name] }
}

/// Two pages, and what happened between them.
struct MetricPages: Sendable {
    var before = MetricPage(), after = MetricPage()

    /// The pages of a server, before and after `body`.
    static func of(
        configuration: String = "", isReady: Bool = true, options: (inout ServerOptions) -> Void = { _ in },
        database: Database = .inMemory(TestServer.databaseConfiguration),
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws -> MetricPages {
        let pages = Shared(MetricPages())
        try await TestServer.run(configuration: configuration, isReady: isReady, options: options, database: database) {
            server in
            let before = MetricPage(try await server.get("/metrics").text)
            try await body(server)
            let after = MetricPage(try await server.get("/metrics").text)
            pages.withLock { $0 = MetricPages(before: before, after: after) }
        }
        return pages.withLock { $0 }
    }

    /// The page of a server over one database, and that of a server over another.
    static func of(_ first: Database, then second: Database) async throws -> MetricPages {
        let before = try await of(database: first) { _ in }, after = try await of(database: second) { _ in }
        return MetricPages(before: before.before, after: after.after)
    }
}

/// Something that happens to a server, and the metrics that say so.
struct MetricEvent: Sendable, CustomStringConvertible {
    let description: String
    let metrics: [String]
    let pages: @Sendable () async throws -> MetricPages

    init(_ description: String, _ metrics: [String], _ pages: @escaping @Sendable () async throws -> MetricPages) {
        self.description = description
        self.metrics = metrics
        self.pages = pages
    }
}
