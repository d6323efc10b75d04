import Hummingbird
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `Exemplars and metadata over HTTP` {
    private static func store(in server: TestServer) throws {
        try server.database.append { batch in
            for (job, id) in [("b", "2"), ("a", "1")] {
                let labels: Labels = ["__name__": "requests_total", "job": job]
                batch.append(1, at: Timestamp(milliseconds: 10_000), to: labels)
                let exemplar = Exemplar(
                    labels: ["trace_id": id], value: 0.25, timestamp: Timestamp(milliseconds: 9_500))
                batch.append(exemplar, at: Timestamp(milliseconds: 10_000), to: labels)
                let next = Exemplar(labels: ["trace_id": "\(id)\(id)"], value: 6)
                batch.append(next, at: Timestamp(milliseconds: 20_000), to: labels)
            }
            batch.setMetadata(MetricMetadata(type: "counter", help: "Requests.", unit: ""), of: "requests_total")
            batch.setMetadata(MetricMetadata(type: "gauge", help: "Other.", unit: "s"), of: "other")
        }
    }

    @Test func `All selectors of an expression are asked for, and series come in order`() async throws {
        try await TestServer.run { server in
            try Self.store(in: server)
            let first =
                #"{"seriesLabels":{"__name__":"requests_total","job":"a"},"exemplars":[{"labels":{"trace_id":"1"},"#
                + #""value":"0.25","timestamp":9.500},{"labels":{"trace_id":"11"},"value":"6","timestamp":20}]}"#
            let second =
                #"{"seriesLabels":{"__name__":"requests_total","job":"b"},"exemplars":[{"labels":{"trace_id":"2"},"#
                + #""value":"0.25","timestamp":9.500},{"labels":{"trace_id":"22"},"value":"6","timestamp":20}]}"#
            let path = "/api/v1/query_exemplars?query="
            try await server.expectData(path + "requests_total", "[\(first),\(second)]")
            try await server.expectData(
                path + "rate(requests_total%7Bjob=%22b%22%7D%5B5m%5D)%20/%20other", "[\(second)]")
            try await server.expectData(
                path
                    + "requests_total%7Bjob=%22b%22%7D%20or%20max_over_time(requests_total%7Bjob=%22a%22%7D%5B5m:1m%5D)",
                "[\(first),\(second)]")
            let posted = try await server.post(
                "/api/v1/query_exemplars", form: "query=requests_total%7Bjob=%22a%22%7D&start=0&end=30")
            #expect(posted.text == #"{"status":"success","data":[\#(first)]}"#)
            try await server.expectData(path + "requests_total&start=21", "[]")
            try await server.expectData(path + "nothing", "[]")
            let none = try await server.get(path + "1")
            #expect(none.status == .noContent && none.text == "")
            try await server.expectError(
                path + "sum(", .badRequest, "bad_data", "1:5: parse error: unclosed left parenthesis")
        }
    }

    @Test func `Late ones are refused by default, and come in order where the window allows them`() async throws {
        try await TestServer.run { server in
            func append(_ seconds: Int64, _ expected: Int) throws {
                let time = Timestamp(milliseconds: seconds * 1000)
                let counts = try server.database.append { batch in
                    let exemplar = Exemplar(labels: ["t": "\(seconds)"], value: 1, timestamp: time)
                    batch.append(exemplar, at: time, to: ["__name__": "a_total"])
                }.exemplars
                #expect(counts.appended == expected && counts.outOfOrder == 1 - expected)
            }
            try server.database.append {
                $0.append(1, at: Timestamp(milliseconds: 69_000), to: ["__name__": "a_total"])
            }
            try append(50, 1)
            try append(40, 0)
            server.database.setOutOfOrderWindow(.seconds(60))
            for seconds in [20, 30, 60, 10] as [Int64] { try append(seconds, 1) }
            try append(8, 0)
            let exemplars = [10, 20, 30, 50, 60].map {
                #"{"labels":{"t":"\#($0)"},"value":"1","timestamp":\#($0)}"#
            }
            try await server.expectData(
                "/api/v1/query_exemplars?query=a_total",
                #"[{"seriesLabels":{"__name__":"a_total"},"exemplars":[\#(exemplars.joined(separator: ","))]}]"#)
        }
    }

    @Test func `What remote write and targets said of metrics is told together`() async throws {
        try await TestServer.run { server in
            try Self.store(in: server)
            let requests = #""requests_total":[{"type":"counter","help":"Requests.","unit":""}]"#
            let other = #""other":[{"type":"gauge","help":"Other.","unit":"s"}]"#
            try await server.expectData("/api/v1/metadata", "{\(other),\(requests)}")
            try await server.expectData("/api/v1/metadata?metric=requests_total", "{\(requests)}")
            try await server.expectData("/api/v1/metadata?limit=1", "{\(other)}")
            try await server.expectData("/api/v1/metadata?limit=0", "{}")
            try await server.expectData("/api/v1/targets/metadata", "[]")
        }
    }

    @Test func `The figures have the names that Prometheus gives them`() async throws {
        try await TestServer.run { server in
            try Self.store(in: server)
            let page = try await server.get("/metrics").text
            for line in [
                "prometheus_tsdb_exemplar_exemplars_appended_total 4",
                "prometheus_tsdb_exemplar_exemplars_in_storage 4",
                "prometheus_tsdb_exemplar_series_with_exemplars_in_storage 2",
                "prometheus_tsdb_exemplar_out_of_order_exemplars_total 0",
                "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds 9.5",
                "prometheus_tsdb_exemplar_max_exemplars 100000", "ktsdb_metadata_names 2",
            ] { #expect(page.contains("\n\(line)\n"), "\(line)") }
        }
    }
}
