import KTSDBModel
import KTSDBRules

/// `recorded_rule_templates.json`: what promtool 2.42 printed.
struct RecordedRuleTemplates {
    static let table = AlertTable("recorded_rule_templates.json") { recording, _, result in
        let templates = try RecordedRuleTemplates()
        for (index, number) in try need(recording["numbers"]?.array).enumerated() {
            let name = "number #\(index + 1) \(number["value"]?.text ?? "")"
            result.check(name) { try templates.checkNumber(number) }
        }
        for (index, test) in try need(recording["texts"]?.array).enumerated() {
            let name = "text #\(index + 1) \(test["template"]?.text ?? "")"
            if try isOutdated(test) {
                let reason = "rule_templates.json, which is newer, has another text"
                result.skip(name, because: reason) { try templates.checkText(test) }
            } else {
                result.check(name) { try templates.checkText(test) }
            }
        }
    }

    private static let formats = [
        "e": "{{ printf \"%e\" $value }}", "f": "{{ printf \"%f\" $value }}", "f2": "{{ printf \"%.2f\" $value }}",
        "g": "{{ printf \"%g\" $value }}", "g3": "{{ printf \"%.3g\" $value }}", "plain": "{{ $value }}",
        "v": "{{ printf \"%v\" $value }}", "humanize": "{{ humanize $value }}",
        "humanize1024": "{{ humanize1024 $value }}", "humanizeDuration": "{{ humanizeDuration $value }}",
        "humanizePercentage": "{{ humanizePercentage $value }}",
        "humanizeTimestamp": "{{ humanizeTimestamp $value }}",
    ]
    /// Texts that newer versions of Go have changed since the recording.
    private static let newerTexts = [
        "non-function of type float64": "non-function $value of type float64",
        // Prometheus 3 has another `title`, which does not take an apostrophe for the end of a word.
        "O'Neil": "O'neil",
    ]
    private static let labels: Labels = [
        "__name__": "m", "a": "x", "instance": "10.0.0.1:8080", "job": "kerp-api", "path": "/api/v1/<b>",
        "ko": "한글",
    ]

    private let templates = GoRuleTemplates()
    private let storage: TableStorage

    private init() throws {
        storage = try TableStorage(script: "load 1m\n  s{i=\"2\"} 20\n  s{i=\"1\"} 10\n  s{i=\"3\"} 30")
    }

    private func expand(_ text: String, value: Double, labels: Labels = Labels()) -> String {
        let view = storage.view(), time = PreciseTime(nanoseconds: 0)
        let data = RuleTemplateData(
            name: "__alert_T", sample: RuleSample(labels: labels, value: value),
            environment: RuleTemplateEnvironment(
                externalLabels: ["cluster": "seoul"], externalURL: "http://p.example/x"),
            time: time,
            query: { try PromQLRuleLanguage().prepare($0).evaluate(at: time.timestamp, in: view) })
        do {
            return try templates.expand(text, with: data)
        } catch {
            return "<error expanding template: \(error)>"
        }
    }

    private func checkNumber(_ number: TableValue) throws {
        let samples = try PromQLRuleLanguage().prepare(try need(number["value"]?.text))
            .evaluate(at: Timestamp(milliseconds: 0), in: storage.view())
        for (name, format) in Self.formats {
            guard let wanted = number[name]?.text else { continue }
            let found = expand(format, value: try need(samples.first).value)
            guard wanted.hasPrefix("<error") else {
                try check(found, is: wanted, name)
                continue
            }
            // The names of the alerts differ, and columns count from them.
            try check(found.split(separator: ": ").last, is: wanted.split(separator: ": ").last, name)
        }
    }

    /// What the recording has for a text.
    private static func recorded(_ test: TableValue) throws -> String {
        try need(
            test["parse_error"]?.text ?? test["output"]?.text
                ?? test["run_error"]?.text.map { "<error expanding template: \($0)>" })
    }

    private static func newer(_ recorded: String) -> String {
        newerTexts.reduce(recorded) { $0.replacing($1.key, with: $1.value) }
    }

    private static func isOutdated(_ test: TableValue) throws -> Bool {
        let recorded = try recorded(test)
        return newer(recorded) != recorded
    }

    private func checkText(_ test: TableValue) throws {
        let text = try need(test["template"]?.text)
        let found =
            test["parse_error"] != nil
            ? templates.check(text, name: "__alert_T") ?? "no error"
            : expand(text, value: 1234.5678, labels: Self.labels)
        try check(found, is: Self.newer(try Self.recorded(test)))
    }
}
