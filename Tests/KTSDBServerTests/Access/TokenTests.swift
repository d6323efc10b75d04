import KTSDBConfiguration
import KTSDBServer
import KTSDBTesting
import NIOHTTP1
import Testing

@Suite struct `Bearer tokens` {
    /// The hash is that of `an operator's token`.
    private static let settings = """
        access:
          tokens:
          - {name: reader, token: a reader's token}
          - {name: writer, token_file: writer.token, scopes: [write]}
          - name: operator
            token_sha256: 3237d3f1e7cdfff630531615600299dc2ae4ba17b459a020847aa437d21061af
            scopes: [read, write, admin]

        """

    @Test func `may do what their scopes say, and nothing is served without one`() async throws {
        let scene = AccessScene()
        try scene.write("  a writer's token\n", to: "writer.token")
        let options: @Sendable (inout ServerOptions) -> Void = {
            $0.enablesLifecycle = true
            $0.enablesAdminAPI = true
        }
        try await scene.run(settings: Self.settings, options: options) { server in
            let reader = "Bearer a reader's token", writer = "bearer a writer's token"
            for authorization in [nil, "Bearer", "Bearer ", "Bearer a reader's toke", "Basic YTpi"] {
                for path in ["/metrics", "/nope"] {
                    let answer = try await server.send(path, authorization: authorization)
                    #expect(answer.status == 401 && answer.headers["WWW-Authenticate"] == ["Bearer"])
                }
            }
            #expect(try await server.send("/metrics", authorization: reader).status == 200)
            #expect(try await server.send("/nope", authorization: reader).status == 404)
            #expect(try await server.send("/api/v1/query?query=1", .POST, authorization: reader).status == 200)
            for (path, scope) in [("/-/reload", "admin"), ("/api/v1/write", "write"), ("/api/v1/nope", "admin")] {
                let answer = try await server.send(path, .POST, authorization: reader)
                #expect(answer.status == 403 && answer.text == "this token does not have the scope \(scope)\n")
            }
            #expect(try await server.send("/metrics", authorization: writer).status == 403)
            let operation = "Bearer an operator's token"
            #expect(try await server.send("/api/v1/admin/tsdb/nope", .POST, authorization: operation).status == 404)
            // The receiver is off, which only those may know who could use it.
            #expect(try await server.send("/api/v1/write", .POST, authorization: writer).status == 404)
        }
    }

    @Test(arguments: [
        ("GET", "/", AccessScope.read), ("GET", "/metrics", .read), ("HEAD", "/-/healthy", .read),
        ("POST", "/api/v1/query", .read), ("POST", "/api/v1/series", .read),
        ("POST", "/api/v1/search/label_names", .read),
        ("POST", "/api/v1/write", .write), ("POST", "/api/v2/alerts", .write), ("DELETE", "/api/v2/silence/1", .write),
        ("GET", "/api/v1/heartbeat/a", .write), ("GET", "/api/v1/heartbeat", .read), ("POST", "/-/reload", .admin),
        ("PUT", "/-/quit", .admin), ("GET", "/-/quit", .admin), ("POST", "/api/v1/admin/tsdb/snapshot", .admin),
        ("POST", "/api/v1/rules/backfill", .admin), ("POST", "/api/v1/%71uery", .read),
        ("POST", "//api//v1/write", .write),
        ("POST", "/api/v1/heart%62eat/a", .write), ("PATCH", "/", .admin), ("POST", "/x%", .admin),
        ("POST", "/api", .admin),
    ])
    func `need a scope by method and path`(method: String, path: String, scope: AccessScope) {
        #expect(AccessScope.needed(method, path) == scope)
    }

    static let refusals: [(text: String, line: Int, reason: String)] = [
        ("- {token: 1234567890123456}", 3, "name: the token's name is missing"),
        ("- {name: a}", 3, "one of token, token_file and token_sha256 is needed, and no more"),
        ("- {name: a, token: short}", 3, "token: it has fewer than 16 bytes; make a longer one at random"),
        ("- {name: a, token_sha256: abc}", 3, "token_sha256: expected 64 hexadecimal digits"),
        (
            "- {name: a, token: 1234567890123456, scopes: [reed]}", 3,
            "scopes: \"reed\" is not one of read, write, admin; did you mean read?"
        ),
        ("- {name: a, token: 1234567890123456, scopes: []}", 3, "scopes: a token without scopes can do nothing"),
        (
            "- {name: a, token: 1234567890123456}\n  - {name: a, token: 1234567890123456}", 4,
            "the token \"a\" is there twice"
        ),
        (
            "- {name: a, token: 1234567890123456, scope: [read]}", 3,
            "field scope not found in access.tokens; did you mean scopes?"
        ),
    ]

    @Test(arguments: refusals)
    func `that are wrong are refused with the line, and without the secret`(text: String, line: Int, reason: String)
        throws
    {
        let scene = AccessScene(), path = scene.path("k.yml")
        try scene.write("access:\n  tokens:\n  \(text)\n", to: "k.yml")
        let error = #expect(throws: ConfigurationError.self) { try Settings.load(path: path) }
        #expect(error == ConfigurationError(file: path, line: line, reason: reason))
    }

    @Test func `whose file is missing or short are refused`() async throws {
        for text in [nil, "short\n"] {
            let scene = AccessScene()
            if let text { try scene.write(text, to: "t") }
            let error = await #expect(throws: ConfigurationError.self) {
                try await scene.run(settings: "access:\n  tokens:\n  - {name: a, token_file: t}\n") { _ in }
            }
            #expect(error?.file == scene.path("t") && error?.description.contains("short\n") == false)
        }
    }
}
