import KTSDBScrape
import KTSDBServer
import KTSDBTesting
import NIOCore
import NIOHTTP1
import Testing

/// What clients without credentials, or with bad intentions, cost the others.
@Suite struct `Hostile clients` {
    @Test(arguments: [false, true])
    func `that connect and say nothing make room for those who ask`(encrypts: Bool) async throws {
        let scene = AccessScene()
        try scene.write(certificate: TestCertificates.server, key: TestCertificates.serverKey)
        let web = encrypts ? AccessScene.tls : ""
        try await scene.run(web: web, options: { $0.maximumConnections = 32 }) { server in
            var idle: [RawConnection] = []
            for _ in 0..<300 { idle.append(try await RawConnection(server.port)) }
            let url = "\(encrypts ? "https" : "http")://localhost:\(server.port)/-/ready"
            let status = try await AccessScene.withClient { try await AccessScene.send($0, url).status }
            #expect(status == 200)
            #expect(server.state.connections.openCount <= 33)
            for connection in idle { await connection.close() }
        }
    }

    @Test func `that send long bodies without credentials are not listened to`() async throws {
        try await AccessScene().run(web: AccessScene.users) { server in
            let connection = try await RawConnection(server.port)
            try await connection.send("POST /api/v1/write HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
            for _ in 0..<20 { try? await connection.send(String(repeating: "a", count: 100_000)) }
            let answer = try await connection.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 401 ") && answer.contains("Connection: close\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nUnauthorized\n"))
        }
    }

    @Test func `that trickle their credentials do not keep others waiting`() async throws {
        try await AccessScene().run(web: AccessScene.users) { server in
            var slow: [RawConnection] = []
            for _ in 0..<50 {
                let connection = try await RawConnection(server.port)
                try await connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWxp")
                slow.append(connection)
            }
            let alice = BasicAuthorization.header(name: "alice", password: "a")
            let answer = try await server.send("/-/ready", authorization: alice)
            #expect(answer.status == 200)
            for connection in slow { await connection.close() }
        }
    }

    @Test func `that send credentials too long to be any are refused`() async throws {
        try await AccessScene().run(web: AccessScene.users) { server in
            let long = "Basic " + String(repeating: "YWxpY2U6", count: 10_000)
            let answer = try await server.send("/metrics", authorization: long)
            #expect(answer.status == 401)
        }
    }
}
