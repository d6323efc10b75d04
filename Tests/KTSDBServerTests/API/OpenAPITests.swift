import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBEngine
import KTSDBServer
import KTSDBTesting
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

    private static let everything: @Sendable (inout ServerOptions) -> Void = {
        $0.enablesAdminAPI = true
        $0.features = Features(["search-api"])
    }

    @Test func `has every route, with its methods, and no other`() async throws {
        try await TestServer.run(options: Self.everything) { server in
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

    @Test func `what can be asked by GET and by POST needs the same scope`() async throws {
        try await TestServer.run(options: Self.everything) { server in
            var count = 0
            for (path, item) in try Self.value(try await Self.document(server), "paths").pairs() {
                let methods = Set(try item.pairs().map(\.key))
                guard methods.isSuperset(of: ["get", "post"]) else { continue }
                count += 1
                #expect(AccessScope.needed("POST", path) == AccessScope.needed("GET", path), "\(path)")
            }
            #expect(count > 5)
        }
    }

    @Test func `refers to schemas that exist, and has ids of its own`() async throws {
        try await TestServer.run(options: Self.everything) { server in
            let document = try await Self.document(server), text = try await server.get("/api/v1/openapi.yaml").text
            let schemas = try Self.value(try Self.value(document, "components"), "schemas").pairs().map(\.key)
            for match in text.matches(of: /#\/components\/schemas\/(\w+)/) {
                #expect(schemas.contains(String(match.1)), "\(match.1)")
            }
            let ids = text.matches(of: /operationId: "(\w+)"/).map { String($0.1) }
            #expect(Set(ids).count == ids.count && ids.count > 50)
        }
    }

    @Test func `leaves out what is switched off`() async throws {
        try await TestServer.run { server in
            let paths = try Self.value(try await Self.document(server), "paths").pairs().map(\.key)
            #expect(paths.contains("/api/v1/query") && paths.contains("/-/reload"))
            #expect(!paths.contains { $0.contains("/admin/") || $0.contains("/search/") })
        }
    }

    @Test func `says which credentials are needed`() async throws {
        try await TestServer.run { server in
            let document = try await Self.document(server)
            #expect(try document.pairs().allSatisfy { $0.key != "security" })
        }
        let scene = AccessScene(), settings = "access: {tokens: [{name: a, token: 0123456789abcdef}]}\n"
        try await scene.run(web: AccessScene.users, settings: settings) { server in
            let answer = try await server.send("/api/v1/openapi.yaml", authorization: "Bearer 0123456789abcdef")
            let document = try #require(try YAMLValue.document(answer.text, file: "openapi.yaml"))
            let schemes = try Self.value(try Self.value(document, "components"), "securitySchemes").pairs().map(\.key)
            #expect(schemes == ["basic", "bearer"])
            #expect(answer.text.contains("security:\n  -\n    basic: []\n  -\n    bearer: []\n"))
        }
    }

    /// The description says which answers a client has to expect: each answer to a request without parameters is among
    /// them, with its type.
    @Test func `has the status and the type of every answer`() async throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = try Database(files: SimulatedFileSystem(), path: "/data", configuration: configuration)
        try await TestServer.run(options: Self.everything, database: database) { server in
            let paths = try Self.value(try await Self.document(server), "paths")
            for (path, item) in try paths.pairs() where path != "/-/quit" {
                for (method, operation) in try item.pairs() {
                    let answer = try await server.client.execute(
                        uri: path.replacing("{name}", with: "x"),
                        method: try #require(HTTPRequest.Method(method.uppercased())))
                    #expect(answer.status.code < 500 || answer.status.code == 503, "\(method) \(path)")
                    let responses = try Self.value(operation, "responses").pairs().map(\.key)
                    #expect(responses.contains("\(answer.status.code)"), "\(method) \(path): \(answer.status)")
                    guard answer.status == .ok, method != "head" else { continue }
                    let described = try Self.value(try Self.value(operation, "responses"), "200").pairs()
                    let types = try described.first { $0.key == "content" }?.value.pairs().map(\.key) ?? []
                    let type = answer.headers[.contentType].map { String($0.prefix { $0 != ";" }) }
                    #expect(
                        types.isEmpty ? type == nil : types.contains(type ?? ""), "\(method) \(path): \(type ?? "")")
                }
            }
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
