import Foundation
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import NIOCore
import PrometheusWire
import Testing

@testable import KTSDBAlerting

@Suite struct `The body of a request with alerts` {
    private func bodies(of alerts: [OutgoingAlert], limit: Int = .max) -> [String] {
        var rest = alerts[...], bodies: [String] = []
        while !rest.isEmpty { bodies.append(String(buffer: AlertBody(taking: &rest, limit: limit).finish())) }
        return bodies
    }

    @Test func `has keys, times and escapes as Prometheus writes them`() {
        let alert = SendingRig.alert(
            "A", ["z": "1", "job": "<a>"], annotations: ["summary": "x & \"y\"\n", "empty": ""])
        #expect(
            bodies(of: [alert]) == [
                #"[{"annotations":{"empty":"","summary":"x \u0026 \"y\"\n"},"endsAt":"2026-11-28T22:26:57.928Z","#
                    + #""startsAt":"2026-11-28T22:22:57.928Z","generatorURL":"http://p:9090/graph?g0.expr=up+%3D%3D+0"#
                    + #"\u0026g0.tab=1","labels":{"alertname":"A","job":"\u003ca\u003e","z":"1"}}]"#
            ])
    }

    @Test func `leaves out what is empty, and keeps three decimals`() {
        var alert = SendingRig.alert("A")
        alert.generatorURL = ""
        alert.startsAt = PreciseTime(nanoseconds: -1)
        alert.endsAt = PreciseTime(nanoseconds: 60_000_000_000)
        #expect(
            bodies(of: [alert]) == [
                #"[{"endsAt":"1970-01-01T00:01:00.000Z","startsAt":"1969-12-31T23:59:59.999Z","labels":{"alertname":"A"}}]"#
            ])
    }

    @Test(arguments: [
        ("plain", "plain"), ("\u{0}\u{1f}\u{7f}", "\\u0000\\u001f\u{7f}"), ("\u{8}\u{c}\t\r\n", #"\b\f\t\r\n"#),
        (#"a\b/"c""#, #"a\\b/\"c\""#), ("\u{2028}\u{2029}\u{2027}\u{202a}", "\\u2028\\u2029\u{2027}\u{202a}"),
        ("é – 한글 €", "é – 한글 €"), ("<script>&", #"\u003cscript\u003e\u0026"#), ("", ""),
    ])
    func `escapes as Go does`(text: String, escaped: String) {
        let alert = SendingRig.alert("A", annotations: ["t": text])
        #expect(bodies(of: [alert])[0].contains(#"{"annotations":{"t":"\#(escaped)"},"#))
    }

    @Test func `is not longer than its limit, unless one alert is`() throws {
        var alerts = SendingRig.alerts(100)
        alerts[50].annotations = ["huge": String(repeating: "x", count: 10_000)]
        let bodies = bodies(of: alerts, limit: 2000)
        #expect(bodies.count > 10)
        for body in bodies { #expect(body.utf8.count <= 2000 || body.contains("huge")) }
        let read = try bodies.flatMap { try JSONDecoder().decode([SentAlert].self, from: Data($0.utf8)) }
        #expect(read.map { $0.labels["alertname"] } == alerts.map { $0.labels["alertname"] })
    }

    private struct Recording: Decodable {
        struct Request: Decodable { var body: String }
        var requests: [Request]
    }

    @Test(
        .enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"),
        arguments: ["recorded_prometheus_seed.json", "recorded_prometheus_states.json"])
    func `is that of a real Prometheus, byte for byte`(file: String) throws {
        let bytes = try #require(ConformanceData.file("alerting/" + file))
        let requests = try JSONDecoder().decode(Recording.self, from: Data(bytes)).requests
        #expect(requests.count > 100)
        for request in requests {
            let sent = try JSONDecoder().decode([SentAlert].self, from: Data(request.body.utf8))
            let alerts = try sent.map { sent in
                var alert = SendingRig.alert("")
                alert.labels = Labels(sent.labels.map { ($0.key, $0.value) })
                alert.annotations = NamedTexts((sent.annotations ?? [:]).map { ($0.key, $0.value) })
                alert.startsAt = PreciseTime(try #require(RFC3339.parse(sent.startsAt)))
                alert.endsAt = PreciseTime(try #require(RFC3339.parse(sent.endsAt)))
                alert.generatorURL = sent.generatorURL ?? ""
                return alert
            }
            #expect(bodies(of: alerts) == [request.body])
        }
    }
}
