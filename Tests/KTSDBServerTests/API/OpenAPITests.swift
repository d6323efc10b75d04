import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBServer
import Testing

@Suite struct `The description of the API` {
    /// Served by routes that take whole trees, or described elsewhere.
    private static let undescribed: Set = [
        "/api/v2/**", "/api/v1/notifications/live", "/debug/pprof", "/debug/pprof/**",
    ]

    private static func document(_ server: TestServer, _ query: String = "") async throws -> YAMLValue {
        let answer = try await server.get("/api/v1/openapi.yaml\(query)")
        #expect(answer.status == .ok && answer.headers[.contentType] == "application/yaml; charset=utf-8")
        return try #require(try YAMLValue.document(answer.text, file: "openapi.yaml"))
    }

    private static func value(_ value: YAMLValue, _ key: String) throws -> YAMLValue {
        try #require(try value.pairs().first { $0.key == key }?.value, "\(key)")
    }

    @Test func `has every route, with its methods, and no other`() async throws {
        try await TestServer.run { server in
            let paths = try Self.value(try await Self.document(server), "paths")
            var described: Set<String> = []
            for (path, item) in try paths.pairs() {
                for (method, _) in try item.pairs() { described.insert("\(method) \(path)") }
            }
            var served: Set<String> = []
            for route in Routes(server.state).router.routes {
                let path = "\(route.path)"
                guard !Self.undescribed.contains(path) else { continue }
                let answer = try await server.client.execute(
                    uri: path.replacing("{name}", with: "x"), method: route.method)
                if answer.status != .methodNotAllowed { served.insert("\(route.method.rawValue.lowercased()) \(path)") }
            }
            #expect(described.subtracting(served) == [] && served.subtracting(described) == [])
        }
    }

    @Test func `refers to schemas that exist, and has ids of its own`() async throws {
        try await TestServer.run { server in
            let document = try await Self.document(server), text = try await server.get("/api/v1/openapi.yaml").text
            let schemas = try Self.value(try Self.value(document, "components"), "schemas").pairs().map(\.key)
            for match in text.matches(of: /#\/components\/schemas\/(\w+)/) {
                #expect(schemas.contains(String(match.1)), "\(match.1)")
            }
            let ids = text.matches(of: /operationId: "(\w+)"/).map { String($0.1) }
            #expect(Set(ids).count == ids.count && ids.count > 50)
        }
    }

    @Test func `has the version that is asked for, and the prefix of the server`() async throws {
        try await TestServer.run { server in
            #expect(try Self.value(try await Self.document(server), "openapi").string() == "3.1.0")
            let later = try await Self.document(server, "?openapi_version=3.2")
            #expect(try Self.value(later, "openapi").string() == "3.2.0")
            let paths = try Self.value(later, "paths").pairs().map(\.key)
            #expect(paths.contains("/api/v1/notifications/live"))
            try await server.expectError(
                "/api/v1/openapi.yaml?openapi_version=2", .badRequest, "bad_data",
                "invalid parameter \"openapi_version\": \"2\" is not one of 3.1, 3.2")
        }
        try await TestServer.run(options: { $0.externalURL = "http://a/b" }) { server in
            let text = try await server.get("/b/api/v1/openapi.yaml").text
            #expect(text.contains("servers:\n  -\n    url: \"/b\"\n"))
        }
    }
}
