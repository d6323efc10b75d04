import Foundation
import KTSDBServer
import KTSDBTesting
import ProcessTesting
import Testing

/// The packaged curl, which has TLS and HTTP/2 from other libraries than ours.
@Suite struct `curl` {
    private static let program = ["/usr/bin/curl", "/usr/local/bin/curl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    /// Its absence is a failure where peers are required, or otherwise a skip that shows.
    private static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil

    private static func run(_ scene: AccessScene, _ arguments: [String]) async throws -> ChildProcess.Output {
        let program = try #require(Self.program)
        let common = ["-sS", "--max-time", "300", "--cacert", scene.path("ca.pem"), "--noproxy", "*"]
        return try await ChildProcess.run(program, common + arguments)
    }

    private static func scene() throws -> AccessScene {
        let scene = AccessScene()
        try scene.write(certificate: TestCertificates.server, key: TestCertificates.serverKey)
        try scene.write(TestCertificates.authority, to: "ca.pem")
        try scene.write(TestCertificates.client, to: "client.pem")
        try scene.write(TestCertificates.clientKey, to: "client.key")
        return scene
    }

    /// Prints the version of HTTP and the status after the answer.
    private static let report = ["-w", "\n%{http_version} %{http_code}"]

    @Test(.enabled(if: isRequired || program != nil, "curl is not installed"), arguments: ["--http1.1", "--http2"])
    func `asks over TLS, with a password and with a form`(version: String) async throws {
        let scene = try Self.scene(), expected = version == "--http2" ? "2" : "1.1"
        try await scene.run(web: AccessScene.tls + AccessScene.users) { server in
            let url = "https://localhost:\(server.port)/api/v1/query"
            let refused = try await Self.run(scene, Self.report + [version, url + "?query=1"])
            #expect(refused.output == "Unauthorized\n\n\(expected) 401", "\(refused)")
            let wrong = try await Self.run(scene, Self.report + [version, "-u", "alice:b", url + "?query=1"])
            #expect(wrong.output.hasSuffix("\(expected) 401"))
            let posted = try await Self.run(
                scene, Self.report + [version, "-u", "alice:a", "-d", "query=7", "-d", "time=1", url])
            #expect(posted.output.contains("\"7\"") && posted.output.hasSuffix("\n\(expected) 200"), "\(posted)")
            let head = try await Self.run(scene, [version, "-I", "-u", "bob:abc", url.replacing("query", with: "x")])
            #expect(head.output.contains(" 404"), "\(head)")
        }
    }

    @Test(.enabled(if: isRequired || program != nil, "curl is not installed"))
    func `shows its certificate, and is refused without one`() async throws {
        let scene = try Self.scene()
        let web = AccessScene.tls + "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
        try await scene.run(web: web) { server in
            let url = "https://localhost:\(server.port)/-/ready"
            let known = ["--cert", scene.path("client.pem"), "--key", scene.path("client.key"), url]
            let answer = try await Self.run(scene, Self.report + known)
            #expect(answer.output == "ktsdb is Ready.\n\n2 200", "\(answer)")
            let unknown = try await Self.run(scene, [url])
            #expect(unknown.status != 0 && unknown.output.isEmpty)
            let old = try await Self.run(scene, ["--tls-max", "1.1"] + known)
            #expect(old.status != 0)
        }
    }

    @Test(.enabled(if: isRequired || program != nil, "curl is not installed"))
    func `sends what is too long, and is told so`() async throws {
        let scene = try Self.scene()
        try scene.write(String(repeating: "x", count: 60_000_000), to: "body")
        try await scene.run(web: AccessScene.tls) { server in
            let url = "https://localhost:\(server.port)/api/v1/query"
            let answer = try await Self.run(
                scene, Self.report + ["--http2", "--data-binary", "@\(scene.path("body"))", url])
            #expect(answer.output.contains("the request's body is too large"), "\(answer.output.suffix(300))")
            #expect(answer.output.hasSuffix("2 413"))
            let after = try await Self.run(scene, [url + "?query=1"])
            #expect(after.status == 0)
        }
    }

    @Test(.enabled(if: isRequired || program != nil, "curl is not installed"))
    func `reads slowly, and others do not wait`() async throws {
        let scene = try Self.scene()
        try await scene.run(web: AccessScene.tls) { server in
            try server.storeWide()
            let url = "https://localhost:\(server.port)"
            let query = "/api/v1/query_range?query=wide&start=0&end=10000&step=1"
            async let slow = Self.run(
                scene, ["--http2", "--limit-rate", "20M", "-o", "/dev/null", "-w", "%{size_download}", url + query])
            for _ in 0..<10 {
                let answer = try await Self.run(scene, ["--http2", url + "/-/ready"])
                #expect(answer.output == "ktsdb is Ready.\n")
            }
            let bytes = try await Int(slow.output) ?? 0
            #expect(bytes > 1_000_000)
        }
    }
}
