import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBServer
import Logging
import Testing

/// A server in the test's process: all routes over a database in memory, no sockets.
struct TestServer: Sendable {
    let database: Database
    let scraping: ScrapeManager
    let state: ServerState
    let client: any TestClientProtocol

    /// Tests run together, and each server has threads of its own: hundreds of servers at once would have thousands.
    static let turns = QueryGate(limit: 16)

    /// As a server's: late samples are refused unless its configuration lets them in.
    static var databaseConfiguration: Database.Configuration {
        var configuration = Database.Configuration()
        configuration.outOfOrderWindow = .zero
        return configuration
    }

    /// Runs `body` with a server that has `configuration` and is ready, unless `isReady` says otherwise.
    static func run(
        configuration: String = "", isReady: Bool = true, options change: (inout ServerOptions) -> Void = { _ in },
        sections: [SettingsSections.Row] = SettingsSections.all,
        database: Database = .inMemory(Self.databaseConfiguration),
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var options = ServerOptions()
        // Other tests may hold all threads for minutes.
        options.queryTimeout = .seconds(86_400)
        // What a test asks for does not depend on the machine.
        options.queryMaximumBytes = nil
        options.memoryLimit = nil
        change(&options)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var files = LoadedFiles(try Configuration.parse(configuration, path: "test.yml"))
        try files.readRules(options)
        try files.readNotifier(options)
        try await turns.withTurn(within: .seconds(86_400)) {
            let state = try ServerState(options, files, sections: sections, logger: logger)
            let scraping = ScrapeManager(database: database, logger: logger, version: "test")
            if isReady {
                state.becomeReady(database, scraping)
                try await state.loadRules()
            }
            try await Application(router: Routes(state).router, logger: logger).test(.router) { client in
                try await body(TestServer(database: database, scraping: scraping, state: state, client: client))
            }
            await scraping.stop()
        }
    }

    /// Reads the configuration file again.
    func reload() async throws { try await state.reload() }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await client.execute(uri: path, method: .get, headers: headers)
    }

    /// Sends a form.
    func post(_ path: String, form: String = "") async throws -> TestResponse {
        try await client.execute(
            uri: path, method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
            body: ByteBuffer(string: form))
    }

    /// Stores samples of a series, their times in seconds.
    func store(_ labels: Labels, _ samples: [(seconds: Int64, value: Double)]) throws {
        let summary = try database.append { batch in
            for (seconds, value) in samples {
                batch.append(value, at: Timestamp(milliseconds: seconds * 1000), to: labels)
            }
        }
        #expect(summary.rejected == 0)
    }

    /// Checks the text and the code of an answer.
    func expect(
        _ path: String, _ status: HTTPResponse.Status = .ok, _ text: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await get(path)
        #expect(response.status == status, "\(path)", sourceLocation: sourceLocation)
        #expect(response.text == text, "\(path)", sourceLocation: sourceLocation)
    }

    /// Checks the data of a successful answer.
    func expectData(_ path: String, _ data: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expect(path, .ok, "{\"status\":\"success\",\"data\":\(data)}", sourceLocation: sourceLocation)
    }

    /// Checks an answer that says what is wrong.
    func expectError(
        _ path: String, _ status: HTTPResponse.Status, _ type: String, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let escaped = message.replacing("\"", with: "\\\"")
        try await expect(
            path, status, "{\"status\":\"error\",\"errorType\":\"\(type)\",\"error\":\"\(escaped)\"}",
            sourceLocation: sourceLocation)
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }
}
