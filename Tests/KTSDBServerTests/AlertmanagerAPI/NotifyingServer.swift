import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBAlerting
import KTSDBEngine
import KTSDBModel
import KTSDBNotify
import KTSDBServer
import Logging
import PrometheusWire

/// A server whose notifier sends nothing.
enum NotifyingServer {
    /// Sends nothing, and says that it did.
    struct SilentSender: NotificationSender {
        func send(
            _ delivery: Delivery, _ integration: IntegrationConfiguration, _ context: PayloadContext,
            at now: WallTime, within remaining: Duration
        ) async -> AttemptOutcome { AttemptOutcome(.success()) }

        func forgetConnections() async {}
        func close() async {}
    }

    static let configuration = """
        global: {slack_api_url: 'http://127.0.0.1:1/secret-path'}
        route:
          receiver: default
          routes:
          - receiver: pager
            matchers: [severity="critical"]
            continue: true
          - {receiver: db, match_re: {team: 'db.*'}}
        receivers:
        - name: default
          slack_configs: [{channel: '#x'}]
        - {name: pager, labels: {shift: night}}
        - {name: db}

        """

    static func service(
        _ database: Database, _ text: String = configuration, settings: NotifierSettings = NotifierSettings(),
        sender: any NotificationSender = SilentSender(), clock: DatabaseClock = .system
    ) throws -> NotifierService {
        var options = NotifierOptions(externalURL: "http://localhost:9090")
        options.settings = settings
        return NotifierService(
            try LoadedNotifierConfiguration.parse(text, file: "alertmanager.yml"), database: database, options: options,
            sender: sender, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs `body` with a server that notifies.
    static func run(
        _ text: String = configuration, options change: (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (TestServer, NotifierService) async throws -> Void
    ) async throws {
        try await TestServer.run(options: change) { server in
            let service = try service(server.database, text)
            server.state.alertmanager.serve(service)
            try await body(server, service)
            await service.stop()
        }
    }
}

extension TestServer {
    /// Sends JSON to a path.
    func post(_ path: String, json: String) async throws -> TestResponse {
        try await client.execute(
            uri: path, method: .post, headers: [.contentType: "application/json"], body: ByteBuffer(string: json))
    }

    /// Creates a silence of an hour, and returns its id.
    func silence(_ name: String, _ value: String) async throws -> String {
        let now = WallTime(milliseconds: Timestamp.now.milliseconds)
        let response = try await post(
            "/api/v2/silences",
            json: """
                {"matchers":[{"name":"\(name)","value":"\(value)","isRegex":false}],"startsAt":"\(TimeText.text(now))",\
                "endsAt":"\(TimeText.text(now + .seconds(3600)))","createdBy":"kim","comment":"c"}
                """)
        return try JSONTreeParser.parse(Array(response.body.readableBytesView))["silenceID"]?.text ?? response.text
    }
}
