import KTSDBAlertingFiles
import KTSDBModel
import KTSDBRules
import PromQL

/// `recorded_prometheus_*.json`: real Prometheus processes over samples that are stored with the recording.
struct RecordedPrometheus {
    static let seed = AlertTable("recorded_prometheus_seed.json") { recording, folder, result in
        let replay = RuleReplay(input: try folder.value("recorded_prometheus_seed_input.json"))
        let session = try RecordedPrometheus(recording, replay, starts: [0])
        replay.options.environment.externalURL = "http://prometheus.example:9090"
        try replay.start(try session.groups(file: "alerts/api-alerts.yml", interval: .seconds(15)))
        let last = session.cases.flatMap { $0["sent"]?.list ?? [] }.compactMap { $0["at"]?.number }.max() ?? 0
        replay.run(from: session.time(0), to: session.time(last + 1))
        session.compare(&result) { $0 }
    }

    /// Rules made for the corners, with a restart and a reload.
    static let states = AlertTable("recorded_prometheus_states.json") { recording, folder, result in
        let text = try need(recording["rules"]?["rules/states.yml"]?.text), file = "rules/states.yml"
        var options = RuleFile.Options()
        options.interval = .seconds(2)
        let groups = try RuleFile.read(text, file: file, options: options).groups
        let shortened = text.replacing("for: 100s", with: "for: 60s")
        let edited = try RuleFile.read(shortened, file: file, options: options).groups
        let replay = RuleReplay(input: try folder.value("recorded_prometheus_states_input.json"))
        let session = try RecordedPrometheus(recording, replay, starts: [0.107, 104.147, 140.044])
        replay.options.environment = RuleTemplateEnvironment(
            externalLabels: ["cluster": "seoul", "replica": "A"], externalURL: "http://prometheus.example/prom")
        replay.options.resendDelay = .seconds(6)
        replay.options.restorer.gracePeriod = .seconds(5)
        try replay.start(groups)
        replay.run(from: session.time(0.107), to: session.time(90.029))
        try replay.start(groups)
        replay.run(from: session.time(104.147), to: session.time(140.044))
        try replay.reload(edited)
        replay.run(from: session.time(140.044), to: session.time(160.024))
        session.compare(&result, relabel: relabelStates)
    }

    /// Seconds after a start or a reload in which Prometheus does not know its Alertmanagers: what it sends is lost.
    private static let deafSeconds = 6.0

    private let cases: [TableValue]
    private let replay: RuleReplay
    private let t0: Double
    /// When processes began or read their rules again, in seconds.
    private let starts: [Double]

    private init(_ recording: TableValue, _ replay: RuleReplay, starts: [Double]) throws {
        cases = try need(recording["cases"]?.array)
        t0 = try need(recording["t0_unix_s"]?.number)
        self.replay = replay
        self.starts = starts
    }

    private func time(_ seconds: Double) -> PreciseTime {
        PreciseTime(nanoseconds: Int64((t0 + seconds) * 1000) * 1_000_000)
    }

    /// The groups of the rules that the API answered with.
    private func groups(file: String, interval: Duration) throws -> [RuleGroup] {
        var groups: [RuleGroup] = []
        for test in cases {
            let name = try need(test["group"]?.text)
            let rule = try recordedRule(try need(test["api"]?.list.first?["rule"]))
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].rules.append(rule)
            } else {
                groups.append(RuleGroup(file: file, name: name, interval: interval, rules: [rule]))
            }
        }
        return groups
    }

    private func recordedRule(_ rule: TableValue) throws -> Rule {
        .alerting(
            AlertingRule(
                name: try need(rule["name"]?.text), expression: try need(rule["query"]?.text),
                for: rule["duration"]?.duration ?? .zero, keepFiringFor: rule["keepFiringFor"]?.duration ?? .zero,
                labels: rule["labels"]?.namedTexts ?? [:], annotations: rule["annotations"]?.namedTexts ?? [:]))
    }

    @Sendable private static func relabelStates(_ labels: Labels) -> Labels? {
        guard labels["alertname"] != "Dropped" else { return nil }
        let sent = labels.setting("cluster", to: "seoul")
        return labels["severity"] == "critical" ? sent.setting("page", to: "yes") : sent
    }

    private func compare(_ result: inout AlertTableResult, relabel: (Labels) -> Labels?) {
        for (index, test) in cases.enumerated() {
            let name = test["rule"]?.text ?? "", group = test["group"]?.text ?? ""
            result.check("#\(index + 1) \(group)/\(name)") {
                for series in test["series"]?.list ?? [] { try compareSeries(series) }
                let found = replay.sent.filter { $0.alert.rule == name && $0.alert.group.name == group }
                try compareSent(found, test["sent"]?.list ?? [], relabel)
            }
        }
    }

    private func compareSent(
        _ found: [(time: PreciseTime, alert: DueAlert)], _ bodies: [TableValue], _ relabel: (Labels) -> Labels?
    ) throws {
        var wanted = try bodies.flatMap { body in try (body["alerts"]?.list ?? []).map(text) }
        for (time, alert) in found {
            guard let labels = relabel(alert.labels) else { continue }
            let sent = text(alert, labels)
            if let index = wanted.firstIndex(of: sent) {
                wanted.remove(at: index)
            } else {
                let second = Double(time.nanoseconds) / 1e9 - t0
                let isDeaf = starts.contains { second > $0 && second < $0 + Self.deafSeconds }
                try check(isDeaf, "no such alert at \(second)", got: sent)
            }
        }
        try check(wanted.isEmpty, "alerts \(wanted)")
    }

    private func compareSeries(_ series: TableValue) throws {
        // Prometheus 2.42 writes labels whose template gave nothing as they are in the rule.
        let all = try need(series["labels"]).labels
        let labels = Labels(all.filter { !$0.value.contains("{{") }.map { ($0.name, $0.value) })
        let found = replay.storage.samples(of: labels).map { "\($0.timestamp) \(number($0.value))" }
        let wanted = (series["samples"]?.list ?? []).map { "\($0.list[0].integer ?? 0) \(number($0.list[1].float))" }
        try check(found, is: wanted, "\(labels)")
    }

    private func number(_ value: Double) -> String { value.isStaleMarker ? "stale" : "\(value)" }

    private func text(_ sent: TableValue) throws -> String {
        let annotations = (sent["annotations"]?.namedTexts ?? [:]).description
        return [
            try need(sent["startsAt"]?.text), try need(sent["endsAt"]?.text), "\(try need(sent["labels"]).labels)",
            annotations, try need(sent["generatorURL"]?.text),
        ].joined(separator: " ")
    }

    private func text(_ alert: DueAlert, _ labels: Labels) -> String {
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
