import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Testing

@Suite struct `Health in JSON` {
    @Test func `says that the process lives, also before it is ready`() async throws {
        for isReady in [true, false] {
            try await TestServer.run(isReady: isReady) { server in
                let answer = try await server.get("/health/live")
                #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
                #expect(answer.text.hasPrefix(#"{"status":"ok","time":"2"#))
            }
        }
    }

    @Test func `says what is missing until the server is ready`() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/health/ready")
            #expect(answer.status == .ok)
            #expect(
                answer.text.hasPrefix(#"{"status":"ok","checks":{"database":"ok","storage":"ok","disk":"ok"},"time":""#)
            )
        }
        try await TestServer.run(isReady: false) { server in
            let answer = try await server.get("/health/ready")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.text.hasPrefix(#"{"status":"unhealthy","checks":{"database":"error: "#))
            let head = try await server.client.execute(uri: "/health/ready", method: .head)
            #expect(head.status == .serviceUnavailable && head.text.isEmpty)
        }
    }

    @Test func `says that samples cannot be stored`() async throws {
        let disk = SimulatedFileSystem()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.durability = .durable
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try await TestServer.run(database: database) { server in
            try server.store(["__name__": "a"], [(1, 1)])
            disk.moveTree("/data", to: "/elsewhere")
            database.maintain()
            let answer = try await server.get("/health/ready")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.text.contains(#""database":"ok","storage":"error: "#))
            #expect(!answer.text.contains("/data"))
        }
    }

    @Test func `says that the disk is full, and stays ready for queries`() async throws {
        let disk = SimulatedFileSystem()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try await TestServer.run(database: database) { server in
            try server.store(["__name__": "a"], [(1, 1)])
            disk.setCapacity(0)
            #expect(throws: AppendError.self) { try server.store(["__name__": "a"], [(2, 1)]) }
            let answer = try await server.get("/health/ready")
            #expect(answer.status == .ok && answer.text.hasPrefix(#"{"status":"degraded","checks":{"#))
            #expect(answer.text.contains(#""storage":"ok","disk":"warning: the disk is full"#))
            #expect(try await server.get("/-/ready").status == .ok)
            let healthy = try await server.get("/-/healthy")
            #expect(healthy.status == .ok && healthy.text.contains("the disk is full"))
            #expect(try await server.get("/api/v1/query?query=a&time=1").text.contains(#""value":[1,"1"]"#))
            disk.setCapacity(nil)
            try server.store(["__name__": "a"], [(3, 1)])
            #expect(try await server.get("/health/ready").text.hasPrefix(#"{"status":"ok""#))
        }
    }

    @Test func `has the version`() async throws {
        try await TestServer.run { server in
            try await server.expect(
                "/health/version", .ok,
                """
                {"version":"\(BuildInformation.version)","commit":"unknown","build_time":"unknown",\
                "swift_version":"\(BuildInformation.swiftVersion)"}
                """)
        }
    }
}
