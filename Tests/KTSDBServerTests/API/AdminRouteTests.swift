import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Testing

@Suite struct `Administration over HTTP` {
    @Test func `It is off unless switched on`() async throws {
        try await TestServer.run { server in
            let response = try await server.post("/api/v1/admin/tsdb/snapshot")
            #expect(response.status == .internalServerError)
            #expect(response.text == #"{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}"#)
        }
    }

    @Test func `A snapshot answers its name`() async throws {
        let database = try Database(files: SimulatedFileSystem(), path: "/data", configuration: .init())
        try await TestServer.run(options: { $0.enablesAdminAPI = true }, database: database) { server in
            try server.store(["__name__": "a"], [(1, 1)])
            for method in [HTTPRequest.Method.post, .put] {
                let response = try await server.client.execute(uri: "/api/v1/admin/tsdb/snapshot", method: method)
                #expect(response.status == .ok)
                let pattern = #/\{"status":"success","data":\{"name":"\d{8}T\d{6}Z-[0-9a-f]{16}"\}\}/#
                #expect(response.text.wholeMatch(of: pattern) != nil, "\(response.text)")
            }
            let response = try await server.post("/api/v1/admin/tsdb/snapshot?skip_head=x")
            #expect(response.status == .badRequest)
            #expect(response.text.contains(#"invalid parameter \"skip_head\": unable to parse boolean"#))
        }
        try database.close()
    }

    @Test func `A database in memory answers that there is no snapshot`() async throws {
        try await TestServer.run(options: { $0.enablesAdminAPI = true }) { server in
            let response = try await server.post("/api/v1/admin/tsdb/snapshot")
            #expect(response.status == .internalServerError && response.text.contains("No snapshot was made"))
        }
    }

    @Test func `Samples ahead of the clock are removed, and health and metrics say that there are some`() async throws {
        try await TestServer.run(options: { $0.enablesAdminAPI = true }) { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "a"], [(now - 5, 1), (now + 86_400, 2)])
            server.database.maintain()
            let healthy = try await server.get("/-/healthy")
            #expect(healthy.status == .ok && healthy.text.hasPrefix("ktsdb is Healthy.\nThe newest sample lies "))
            let ahead = try await server.get("/metrics").text.firstMatch(
                of: /(?m)^ktsdb_newest_sample_ahead_seconds ([0-9.e+]+)/)
            #expect(ahead.flatMap { Double($0.1) }.map { (70_000...86_400).contains($0) } == true)
            #expect(try await server.post("/api/v1/admin/tsdb/drop_future?ahead=x").status == .badRequest)
            #expect(try await server.get("/api/v1/admin/tsdb/drop_future").status == .methodNotAllowed)
            let none = try await server.post("/api/v1/admin/tsdb/drop_future?ahead=2d")
            #expect(none.text.contains(#""removedBlocks":0,"rewrittenBlocks":0,"removedSamples":0"#), "\(none.text)")
            let response = try await server.post("/api/v1/admin/tsdb/drop_future")
            #expect(response.text.contains(#""removedBlocks":1,"rewrittenBlocks":0,"removedSamples":1"#))
            try await server.expect("/-/healthy", .ok, "ktsdb is Healthy.\n")
            let confirmed = try await server.post("/api/v1/admin/tsdb/confirm_clock")
            #expect(confirmed.text.hasPrefix(#"{"status":"success","data":{"time":""#), "\(confirmed.text)")
        }
        try await TestServer.run { server in
            for path in ["drop_future", "confirm_clock"] {
                let response = try await server.post("/api/v1/admin/tsdb/\(path)")
                #expect(response.text.contains("admin APIs disabled"))
            }
        }
    }

    @Test func `A reload changes the retention`() async throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/ktsdb.yml"
        @Sendable func write(_ retention: String) throws {
            try "storage: {tsdb: {retention: {\(retention)}}}".write(toFile: file, atomically: true, encoding: .utf8)
        }
        try write("time: 3d")
        try await TestServer.run(options: { $0.configurationFile = file }) { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "a"], [(now - 4 * 86_400, 1), (now - 2 * 86_400, 1), (now - 5, 2)])
            try await server.reload()
            try await server.expectData(
                "/api/v1/query?query=count_over_time(a[30d])&time=\(now)",
                #"{"resultType":"vector","result":[{"metric":{},"value":[\#(now),"2"]}]}"#)
            #expect(try await server.get("/metrics").text.contains("retention_limit_seconds 259200"))
            try "{}".write(toFile: file, atomically: true, encoding: .utf8)
            try await server.reload()
            try await server.expectData(
                "/api/v1/query?query=count_over_time(a[30d])&time=\(now)",
                #"{"resultType":"vector","result":[{"metric":{},"value":[\#(now),"3"]}]}"#)
            // A section without a time has no limit of time.
            try write("size: 1GB, percentage: 2.5")
            try await server.reload()
            let page = try await server.get("/metrics").text
            for line in [
                "prometheus_tsdb_retention_limit_seconds 0", "prometheus_tsdb_retention_limit_bytes 1.073741824e+09",
                "prometheus_tsdb_retention_limit_percentage 2.5",
            ] {
                #expect(page.contains(line + "\n"), "\(line)")
            }
            #expect(
                try await server.get("/api/v1/status/runtimeinfo").text.contains(
                    #""storageRetention":"1GiB or 2.5%""#))
            try write("size: 1XB")
            await #expect(throws: (any Error).self) { try await server.reload() }
        }
    }
}
