import KTSDBModel
import PromQL
import Testing

@testable import KTSDBRules

/// `recorded_prometheus_*.json`: real Prometheus processes over samples that are stored with the recording.
@Suite struct `Recordings of Prometheus` {
    /// Seconds after a start or a reload in which Prometheus does not know its Alertmanagers: what it sends is lost.
    static let deafSeconds = 6.0

    @Test func `The seed's rules give the recorded series, and send the recorded alerts`() throws {
        guard let recording = try TableValue.file("recorded_prometheus_seed.json"),
            let input = try TableValue.file("recorded_prometheus_seed_input.json")
        else { return }
        let groups = ruleGroups(
            try seedRules(), file: "alerts/api-alerts.yml", interval: .seconds(15))
        let replay = Replay(input: input), t0 = recording["t0_unix_s"]!.number!
        replay.options.environment.externalURL = "http://prometheus.example:9090"
        try replay.start(groups)
        let last = recording["cases"]!.list.flatMap { $0["sent"]!.list }.map { $0["at"]!.number! }.max()!
        replay.run(from: time(t0, 0), to: time(t0, last + 1))
        compare(recording, replay, starts: [0]) { $0 }
    }

    @Test func `The rules made for the corners do, too, with a restart and a reload`() throws {
        guard let recording = try TableValue.file("recorded_prometheus_states.json"),
            let input = try TableValue.file("recorded_prometheus_states_input.json")
        else { return }
        let text = recording["rules"]!["rules/states.yml"]!.text!, file = "rules/states.yml"
        let groups = ruleGroups(text, file: file, interval: .seconds(2))
        let edited = ruleGroups(text.replacing("for: 100s", with: "for: 60s"), file: file, interval: .seconds(2))
        let replay = Replay(input: input), t0 = recording["t0_unix_s"]!.number!
        replay.options.environment = RuleTemplateEnvironment(
            externalLabels: ["cluster": "seoul", "replica": "A"], externalURL: "http://prometheus.example/prom")
        replay.options.resendDelay = .seconds(6)
        replay.options.restorer.gracePeriod = .seconds(5)
        try replay.start(groups)
        replay.run(from: time(t0, 0.107), to: time(t0, 90.029))
        try replay.start(groups)
        replay.run(from: time(t0, 104.147), to: time(t0, 140.044))
        try replay.reload(edited)
        replay.run(from: time(t0, 140.044), to: time(t0, 160.024))
        compare(recording, replay, starts: [0.107, 104.147, 140.044]) { labels in
            guard labels["alertname"] != "Dropped" else { return nil }
            let sent = labels.setting("cluster", to: "seoul")
            return labels["severity"] == "critical" ? sent.setting("page", to: "yes") : sent
        }
    }

    private func seedRules() throws -> String {
        // The conformance data lies next to the seed.
        String(decoding: try readSeed("monitoring/prometheus/alerts/api-alerts.yml"), as: UTF8.self)
    }

    private func time(_ t0: Double, _ seconds: Double) -> PreciseTime {
        PreciseTime(nanoseconds: Int64((t0 + seconds) * 1000) * 1_000_000)
    }

    private func compare(
        _ recording: TableValue, _ replay: Replay, starts: [Double], relabel: (Labels) -> Labels?
    ) {
        let t0 = recording["t0_unix_s"]!.number!
        for test in recording["cases"]!.list {
            let name = test["rule"]!.text!, group = test["group"]!.text!
            for series in test["series"]!.list { compareSeries(series, replay) }
            let found = replay.sent.filter { $0.alert.rule == name && $0.alert.group.name == group }
            var wanted = test["sent"]!.list.flatMap { body in body["alerts"]!.list.map(text) }
            for (time, alert) in found {
                guard let labels = relabel(alert.labels) else { continue }
                let sent = text(alert, labels, replay)
                if let index = wanted.firstIndex(of: sent) {
                    wanted.remove(at: index)
                } else {
                    let second = Double(time.nanoseconds) / 1e9 - t0
                    let isDeaf = starts.contains { second > $0 && second < $0 + Self.deafSeconds }
                    #expect(isDeaf, "\(name) at \(second): \(sent)")
                }
            }
            #expect(wanted.isEmpty, "\(name)")
        }
    }

    private func compareSeries(_ series: TableValue, _ replay: Replay) {
        // Prometheus 2.42 writes labels whose template gave nothing as they are in the rule.
        let all = series["labels"]!.labels
        let labels = Labels(all.filter { !$0.value.contains("{{") }.map { ($0.name, $0.value) })
        let found = replay.storage.samples(of: labels).map { "\($0.timestamp) \(number($0.value))" }
        let wanted = series["samples"]!.list.map { "\(Int64($0.list[0].number!)) \(number($0.list[1].float))" }
        #expect(found == wanted, "\(labels)")
    }

    private func number(_ value: Double) -> String { value.isStaleMarker ? "stale" : "\(value)" }

    private func text(_ sent: TableValue) -> String {
        let annotations = (sent["annotations"]?.texts ?? [:]).description
        return [
            sent["startsAt"]!.text!, sent["endsAt"]!.text!, "\(sent["labels"]!.labels)", annotations,
            sent["generatorURL"]!.text!,
        ].joined(separator: " ")
    }

    private func text(_ alert: DueAlert, _ labels: Labels, _ replay: Replay) -> String {
        [
            instant(alert.startsAt), instant(alert.endsAt), "\(labels)", "\(alert.annotations)",
            alert.generatorURL(externalURL: replay.options.environment.externalURL),
        ].joined(separator: " ")
    }

    /// `2026-11-28T22:23:57.928Z`
    private func instant(_ time: PreciseTime) -> String {
        let milliseconds = time.timestamp.milliseconds
        let fields = CalendarText(seconds: milliseconds / 1000)
        var fraction = String(1000 + milliseconds % 1000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fields.text + (fraction.isEmpty ? "" : "." + fraction) + "Z"
    }
}
