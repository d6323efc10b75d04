import HTTPTypes
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
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
        try await TestServer.run(options: { $0.enablesAdminAPI = true }) { server in
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
    }
}
