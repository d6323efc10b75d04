import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBEngine
import KTSDBServer
import Logging
import Testing

@Suite struct AlertmanagerRoutesTests {
    /// Runs `body` with the routes of the second listener.
    private func run(
        options change: (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        try await NotifyingServer.run(options: change) { server, _ in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await Application(router: AlertmanagerRoutes(server.state).router, logger: logger).test(.router) {
                try await body($0)
            }
        }
    }

    private func text(_ client: any TestClientProtocol, _ path: String) async throws -> String {
        try await client.execute(uri: path, method: .get).text
    }

    @Test func `paths are those of an Alertmanager`() async throws {
        try await run { client in
            for path in ["/-/healthy", "/-/ready"] { #expect(try await text(client, path) == "OK") }
            #expect(try await text(client, "/api/v2/alerts") == "[]\n")
            #expect(try await text(client, "/metrics").contains("alertmanager_build_info"))
            #expect(try await text(client, "/").contains("amtool"))
            let head = try await client.execute(uri: "/-/healthy", method: .head)
            #expect(head.status == .ok)
            #expect(try await client.execute(uri: "/api/v1/query?query=1", method: .get).status == .notFound)
        }
    }

    @Test func `the link of a notification leads on to the alerts of its receiver`() async throws {
        try await run(options: { $0.alertmanager.externalURL = "http://example.org/am/" }) { client in
            let page = try await text(client, "/am/")
            #expect(page.contains(#"location.replace("/am/api/v2/" + link[1]"#), "\(page)")
            #expect(page.contains(#"/^#\/(alerts|silences|status)(\?.*)?$/.exec(location.hash)"#))
            // What the script asks for, with a name whose characters mean something in a pattern.
            let answer = try await client.execute(uri: "/am/api/v2/alerts?receiver=a%5C.b", method: .get)
            #expect(answer.status == .ok && answer.text == "[]\n")
        }
        try await TestServer.run(options: { $0.externalURL = "http://example.org/prom" }) { server in
            let page = try await server.get("/prom/").text
            #expect(page.contains(#"location.replace("/prom/api/v2/" + link[1]"#), "\(page)")
        }
    }

    @Test func `the first API is gone there, too`() async throws {
        try await run { client in
            for (path, method) in [("/api/v1/alerts", HTTPRequest.Method.post), ("/api/v1/silence/x", .delete)] {
                let response = try await client.execute(uri: path, method: method)
                #expect(response.status == .gone && response.text.contains("removed as of version 0.27.0"))
            }
        }
    }

    @Test func `a reload needs no flag, and an error is answered as there`() async throws {
        try await run(options: { $0.configurationFile = "/nonexistent/prometheus.yml" }) { client in
            let response = try await client.execute(uri: "/-/reload", method: .post)
            #expect(response.status == .internalServerError)
            #expect(response.text.hasPrefix("failed to reload config: prometheus.yml: cannot read"))
        }
    }

    @Test func `the prefix is its own`() async throws {
        try await run(options: { $0.alertmanager.externalURL = "http://example.org/am/" }) { client in
            let start = try await client.execute(uri: "/", method: .get)
            #expect(start.status == .found && start.headers[.location] == "/am")
            let (own, other) = (
                try await text(client, "/am/api/v2/silences"), try await text(client, "/api/v2/silences")
            )
            #expect(own == "[]\n" && other == "404 page not found\n")
        }
    }
}
