import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBAlerting
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

@testable import KTSDBServer

@Suite struct `Deliveries over HTTP` {
    /// A webhook whose address is in a file that does not exist: each delivery fails at once.
    private static let configuration = """
        route: {receiver: team, group_by: [alertname], group_wait: 0s}
        receivers: [{name: team, webhook_configs: [{url_file: /nonexistent/url}]}]
        """

    private func run(_ body: @escaping @Sendable (TestServer, NotifierService) async throws -> Void) async throws {
        let directory = TemporaryDirectory(), path = directory.path + "/am.yml"
        try Self.configuration.write(toFile: path, atomically: true, encoding: .utf8)
        try await TestServer.run(options: { $0.alertmanager.configurationFile = path }) { server in
            try await body(server, try #require(server.state.alertmanager.notifier))
        }
    }

    private func post(_ name: String, _ notifier: NotifierService) async throws {
        await notifier.perform { notifier, now in
            let alert = ReceivedAlert(
                labels: ["alertname": name], startsAt: now, endsAt: now + .seconds(300), updatedAt: now)
            return (notifier.post([alert], at: now), ())
        }
        let wanted = await notifier.deliveries().count + 1
        for _ in 0..<30_000 where await notifier.deliveries().count < wanted {
            await notifier.advance()
            try await Task.sleep(for: .milliseconds(2))
        }
        try #require(await notifier.deliveries().count == wanted)
    }

    @Test func `are listed, the newest first`() async throws {
        try await run { server, notifier in
            try await server.expectData("/api/v1/alerting/deliveries", #"{"deliveries":[]}"#)
            try await post("A", notifier)
            try await post("B", notifier)
            let text = try await server.get("/api/v1/alerting/deliveries").text
            let first = try #require(text.firstRange(of: #""groupLabels":{"alertname":"B"}"#))
            let second = try #require(text.firstRange(of: #""groupLabels":{"alertname":"A"}"#))
            #expect(first.lowerBound < second.lowerBound)
            #expect(
                text.contains(
                    #""reason":"first notification","state":"failed","attempts":1,"firing":1,"resolved":0,"#))
            #expect(text.contains(#""error":"read url_file: open /nonexistent/url: No such file or directory""#))
            for query in [
                "state=delivered", "receiver=x", "integration=slack", "filter=alertname%3DC", "end=1",
                "start=99999999999",
            ] {
                try await server.expectData("/api/v1/alerting/deliveries?" + query, #"{"deliveries":[]}"#)
            }
            let filtered = try await server.get("/api/v1/alerting/deliveries?filter=alertname%3D~%22A%7CC%22&limit=1")
                .text
            #expect(filtered.contains(#""alertname":"A""#) && !filtered.contains(#""alertname":"B""#))
        }
    }

    @Test func `are refused without sense, and do not exist without a notifier`() async throws {
        try await run { server, _ in
            try await server.expectError(
                "/api/v1/alerting/deliveries?state=x", .badRequest, "bad_data",
                #"invalid parameter "state": not supported value "x""#)
            #expect(try await server.get("/api/v1/alerting/deliveries?filter=a%3D~%22(%22").status == .badRequest)
        }
        try await TestServer.run { server in
            let response = try await server.get("/api/v1/alerting/deliveries")
            #expect(response.status == .notFound && response.text.contains("--alertmanager.config.file"))
        }
    }
}
