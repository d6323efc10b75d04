import KTSDBScrape
import KTSDBServer
import KTSDBTesting
import NIOHTTP1
import Testing

@Suite struct `Users with passwords` {
    private static let alice = BasicAuthorization.header(name: "alice", password: "a")
    private static let bob = BasicAuthorization.header(name: "bob", password: "abc")

    @Test func `see everything, and nobody else sees anything`() async throws {
        try await AccessScene().run(web: AccessScene.users) { server in
            let wrong = [
                nil, "", "Basic", "Basic !", "Basic YWxpY2U=", "Bearer a", "Digest x",
                BasicAuthorization.header(name: "alice", password: "b"),
                BasicAuthorization.header(name: "alice", password: ""),
                BasicAuthorization.header(name: "carol", password: "a"),
                BasicAuthorization.header(name: "bob", password: "a"),
            ]
            var seen: Set<String> = []
            for path in ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/query?query=1", "/nope", "/-/quit"] {
                for authorization in wrong {
                    let answer = try await server.send(path, authorization: authorization)
                    #expect(answer.status == 401 && answer.text == "Unauthorized\n", "\(path)")
                    #expect(answer.headers["WWW-Authenticate"] == ["Basic"])
                    seen.insert(answer.headers.map(\.name).sorted().joined())
                }
            }
            // An answer does not say whether there is such a path, or such a user.
            #expect(seen.count == 1)
            #expect(try await server.send("/metrics", .OPTIONS).status == 401)
            #expect(try await server.send("/metrics", authorization: Self.alice).status == 200)
            #expect(try await server.send("/nope", authorization: Self.bob).status == 404)
            let lowercase = "basic" + Self.alice.dropFirst(5)
            #expect(try await server.send("/-/ready", authorization: lowercase).status == 200)
        }
    }

    @Test func `are checked again when the file changes, and stay as they were when it is wrong`() async throws {
        let scene = AccessScene()
        try await scene.run(web: AccessScene.users) { server in
            func wait(for status: Int, _ authorization: String) async throws {
                for _ in 0..<3_000 {
                    if try await server.send("/metrics", authorization: authorization).status == status { return }
                    try await Task.sleep(for: .milliseconds(10))
                }
                Issue.record("no answer has the status \(status)")
            }
            try await wait(for: 200, Self.alice)
            let bob = AccessScene.users.split(separator: "\n")
            try scene.write("\(bob[0])\n\(bob[2])\n", to: "web.yml")
            try await wait(for: 401, Self.alice)
            try await wait(for: 200, Self.bob)
            try scene.write("basic_auth_users: {bob: nothing}\n", to: "web.yml")
            await #expect(throws: (any Error).self) { try await server.state.reload() }
            #expect(try await server.send("/metrics", authorization: Self.bob).status == 200)
            try scene.write(AccessScene.users, to: "web.yml")
            try await wait(for: 200, Self.alice)
        }
    }

    @Test func `do not wait for those who try many passwords`() async throws {
        try await AccessScene().run(web: AccessScene.users) { server in
            #expect(try await server.send("/-/ready", authorization: Self.alice).status == 200)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    let guess = BasicAuthorization.header(name: "alice", password: "guess \(number)")
                    group.addTask { try await server.send("/metrics", authorization: guess).status }
                }
                // What was right before is known, however many wrong ones there are.
                for _ in 0..<20 {
                    #expect(try await server.send("/-/ready", authorization: Self.alice).status == 200)
                }
                for try await status in group { #expect(status == 401 || status == 503) }
            }
        }
    }

    @Test func `get the headers that are configured, with every answer`() async throws {
        let web = AccessScene.users + "http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n"
        try await AccessScene().run(web: web) { server in
            for authorization in [nil, Self.alice] {
                let answer = try await server.send("/nope", authorization: authorization)
                #expect(answer.headers["X-Frame-Options"] == ["sameorigin"])
            }
        }
    }

    @Test func `are not needed for a limit of requests`() async throws {
        try await AccessScene().run(web: "rate_limit: {interval: 1h, burst: 3}\n") { server in
            for _ in 0..<3 { #expect(try await server.send("/-/ready").status == 200) }
            let answer = try await server.send("/-/ready")
            #expect(answer.status == 429 && answer.text == "Too Many Requests\n")
        }
    }
}
