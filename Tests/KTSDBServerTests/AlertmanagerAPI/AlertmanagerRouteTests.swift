import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBAlerting
import KTSDBEngine
import KTSDBModel
import KTSDBNotify
import KTSDBServer
import PrometheusWire
import Testing

@Suite struct AlertmanagerRouteTests {
    @Test func `without a notifier the API says which flag to set`() async throws {
        try await TestServer.run { server in
            for path in ["/api/v2/alerts", "/api/v2/status", "/api/v2/nope"] {
                try await server.expect(
                    path, .notFound,
                    "this server does not notify: set --alertmanager.config.file to an Alertmanager configuration\n")
            }
        }
    }

    @Test func `alerts and silences go in and come out, and are stored`() async throws {
        try await NotifyingServer.run { server, _ in
            let posted = try await server.post(
                "/api/v2/alerts", json: #"[{"labels":{"alertname":"A","severity":"critical"}}]"#)
            #expect(posted.status == .ok && posted.text.isEmpty && posted.headers[.contentType] == nil)
            #expect(posted.headers[.cacheControl] == "no-store")
            let id = try await server.silence("alertname", "A")
            let listed = try await server.get("/api/v2/alerts?active=false&receiver=pager")
            #expect(listed.headers[.contentType] == "application/json")
            #expect(listed.text.contains("\"silencedBy\":[\"\(id)\"]") && listed.text.hasSuffix("]\n"))
            // Whoever opens the same database knows them.
            let later = try NotifyingServer.service(server.database)
            let known = await later.perform { notifier, _ in ([], (notifier.alerts.count, notifier.silences[id: id])) }
            #expect(known.0 == 1 && known.1?.createdBy == "kim")
            let ended = try await server.client.execute(uri: "/api/v2/silence/\(id)", method: .delete)
            #expect(ended.status == .ok && ended.text.isEmpty)
        }
    }

    @Test func `errors have the bodies of Alertmanager`() async throws {
        try await NotifyingServer.run { server, _ in
            #expect(try await server.get("/api/v2/silence/nope").status == .unprocessableContent)
            #expect(try await server.get("/api/v2/silence/6f0b5d35-6b0b-4c2f-8f39-9d5c1a1a0c11").text == "")
            let form = try await server.post("/api/v2/alerts", form: "a=b")
            #expect(form.status == .unsupportedMediaType)
            let head = try await server.client.execute(uri: "/api/v2/alerts", method: .head)
            #expect(head.status == .methodNotAllowed && head.headers[.allow] == "GET,POST")
            try await server.expect(
                "/api/v2/nope", .notFound, #"{"code":404,"message":"path /api/v2/nope was not found"}"# + "\n")
            let long = String(repeating: " ", count: APIRequest.bodyByteLimit + 1)
            #expect(try await server.post("/api/v2/alerts", json: long).status == .contentTooLarge)
        }
    }

    @Test func `secrets of the configuration are not shown`() async throws {
        try await NotifyingServer.run { server, _ in
            let status = try await server.get("/api/v2/status").text
            #expect(!status.contains("secret-path") && status.contains("\\u003csecret\\u003e"))
            #expect(status.contains(#""version":"0.34.0""#))
            #expect(try await server.get("/api/v2/receivers?receiver_matchers=shift%3Dnight").text.contains("pager"))
        }
    }

    @Test func `a long list arrives whole`() async throws {
        try await NotifyingServer.run { server, _ in
            let alerts = (0..<3000).map { #"{"labels":{"alertname":"A","n":"\#($0)"}}"# }
            _ = try await server.post("/api/v2/alerts", json: "[\(alerts.joined(separator: ","))]")
            let text = try await server.get("/api/v2/alerts")
            let tree = try JSONTreeParser.parse(Array(text.body.readableBytesView))
            guard case .array(let list) = tree else { throw CancellationError() }
            #expect(list.count == 3000)
        }
    }

    @Test func `too many GET requests at once are refused, and counted`() async throws {
        try await NotifyingServer.run(options: { $0.alertmanager.readConcurrency = 1 }) { server, _ in
            #expect(server.state.alertmanager.beginRead())
            let refused = try await server.get("/api/v2/status")
            #expect(refused.status == .serviceUnavailable)
            #expect(refused.text == "Limit of concurrent GET requests reached (1), try again later.\n\n")
            // Only those that read are limited.
            #expect(try await server.post("/api/v2/alerts", json: "[]").status == .ok)
            server.state.alertmanager.endRead()
            #expect(try await server.get("/api/v2/status").status == .ok)
            let page = try await server.get("/metrics").text
            #expect(page.contains("alertmanager_http_concurrency_limit_exceeded_total{method=\"get\"} 1\n"))
            #expect(page.contains("alertmanager_http_requests_in_flight{method=\"get\"} 0\n"))
        }
    }

    @Test func `requests are counted by path, method and status`() async throws {
        try await NotifyingServer.run { server, _ in
            _ = try await server.get("/api/v2/silence/nope")
            _ = try await server.post("/api/v2/alerts", json: "[{}]")
            let page = try await server.get("/metrics").text
            let name = "alertmanager_http_request_duration_seconds_count"
            #expect(page.contains("\(name){code=\"422\",handler=\"/api/v2/silence/{silenceID}\",method=\"get\"} 1\n"))
            #expect(page.contains("\(name){code=\"422\",handler=\"/api/v2/alerts\",method=\"post\"} 1\n"))
            #expect(page.contains("alertmanager_build_info{") && page.contains("version=\"0.34.0\""))
        }
    }

    @Test func `the API is below the prefix of the server`() async throws {
        try await NotifyingServer.run(options: { $0.givenRoutePrefix = "/metrics-server" }) { server, _ in
            try await server.expect("/metrics-server/api/v2/alerts", .ok, "[]\n")
            try await server.expect("/api/v2/alerts", .notFound, "404 page not found\n")
        }
    }

    @Test func `web pages of other origins may read the API`() async throws {
        try await NotifyingServer.run { server, _ in
            let response = try await server.get("/api/v2/alerts", headers: [.origin: "http://karma.example"])
            #expect(response.headers[.accessControlAllowOrigin] == "*")
        }
    }
}
