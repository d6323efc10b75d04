internal import KTSDBModel
internal import KTSDBRules
internal import PromQL

/// What the rules gave at each step of a test, and why their alerts did not fire.
struct RuleExplanation {
    /// How many lines a rule may have; the first ones and the last ones are shown.
    private static let lineLimit = 200
    /// How many samples of an operand, or alerts, are shown at a step.
    private static let sampleLimit = 5

    private let test: RuleTest
    private let result: RuleTestReport.Result

    init(_ test: RuleTest, _ result: RuleTestReport.Result) {
        self.test = test
        self.result = result
    }

    var text: String {
        var text = "EXPLAIN: test \(result.name)\n"
        for trace in result.traces {
            let hold = trace.rule.holdDuration > .zero ? ", for \(duration(trace.rule.holdDuration))" : ""
            text += "  \(trace.group.file): group \(goQuoted(trace.group.name)): alert \(trace.rule.name): "
            text += trace.rule.expression.oneLine + hold + "\n"
            text += lines(trace).map { "    " + $0 + "\n" }.joined()
            for test in test.alertTests.sorted(by: { $0.time < $1.time }) where test.alertName == trace.rule.name {
                text += "    " + verdict(trace, test) + "\n"
            }
        }
        let names = Set(result.traces.map(\.rule.name))
        for name in Set(test.alertTests.map(\.alertName)).sorted() where !names.contains(name) {
            text += "  no rule has the alert name \(name)\n"
        }
        return text
    }

    // MARK: Steps

    /// A line for each step, equal neighbours as one.
    private func lines(_ trace: RuleTestTrace) -> [String] {
        var lines: [(first: Duration, last: Duration, text: String)] = []
        for step in trace.steps {
            let text = description(step, trace.rule)
            if lines.last?.text == text {
                lines[lines.count - 1].last = step.time
            } else {
                lines.append((step.time, step.time, text))
            }
        }
        let all = lines.map { line in
            let times =
                line.first == line.last ? duration(line.first) : "\(duration(line.first)) to \(duration(line.last))"
            return "\(times): \(line.text)"
        }
        guard all.count > Self.lineLimit else { return all }
        let half = Self.lineLimit / 2
        return all.prefix(half) + ["… \(all.count - 2 * half) more"] + all.suffix(half)
    }

    private func description(_ step: RuleTestTrace.Step, _ rule: AlertingRule) -> String {
        if let error = step.error { return "error: \(error)" }
        let operands = step.operands.map { "\($0.text.oneLine) = \(samples($0.samples))" }.joined(separator: "; ")
        guard !step.alerts.isEmpty else { return "\(operands) → no alert: \(reason(step))" }
        let alerts = step.alerts.prefix(Self.sampleLimit).map { alert in
            let since = duration(alert.activeAt)
            let due = duration(alert.activeAt + rule.holdDuration)
            let state = alert.state == .firing ? "fires" : "is pending since \(since), fires at \(due)"
            return "\(name(alert.labels)) \(state)"
        }
        let rest = step.alerts.count > Self.sampleLimit ? ["\(step.alerts.count - Self.sampleLimit) more"] : []
        return "\(operands) → " + (alerts + rest).joined(separator: ", ")
    }

    /// Why a step has no alert.
    private func reason(_ step: RuleTestTrace.Step) -> String {
        if let empty = step.operands.first(where: { $0.samples.isEmpty }) {
            return "\(empty.text.oneLine) gives no series"
        }
        if step.operands.contains(where: { $0.samples.contains { $0.histogram == nil && $0.value.isNaN } }) {
            return "NaN passes no comparison"
        }
        return "the condition holds for no series"
    }

    private func samples(_ samples: [RuleSample]) -> String {
        guard !samples.isEmpty else { return "nothing" }
        let shown = samples.prefix(Self.sampleLimit).map { sample in
            let value = sample.histogram == nil ? "\(numberText(sample.value))" : "a histogram"
            return sample.labels.isEmpty ? value : "\(name(sample.labels)) \(value)"
        }
        let rest = samples.count > Self.sampleLimit ? ["\(samples.count - Self.sampleLimit) more"] : []
        return (shown + rest).joined(separator: ", ")
    }

    // MARK: Verdict

    /// What a test of alerts wants, and what the rule had at the evaluation that it looks at.
    private func verdict(_ trace: RuleTestTrace, _ test: RuleTest.AlertTest) -> String {
        let head = "the test at \(duration(test.time)) expects \(test.alerts.count) alert(s)"
        guard let step = trace.steps.last(where: { $0.time <= test.time }) else {
            return head + "; no evaluation came to it"
        }
        let firing = step.alerts.filter { $0.state == .firing }.count
        let pending = step.alerts.filter { $0.state == .pending }
        var text = "\(head), \(firing) fire(s) at the evaluation of \(duration(step.time))"
        if let alert = pending.first, firing < test.alerts.count {
            let left = alert.activeAt + trace.rule.holdDuration - step.time
            text += "; \(pending.count) pending, \(duration(left)) too early for `for`"
        } else if firing == 0, !test.alerts.isEmpty {
            text += "; " + (step.error.map { "the rule failed: \($0)" } ?? reason(step))
        }
        return text
    }

    private func name(_ labels: Labels) -> String {
        "{" + labels.map { "\($0.name)=\(goQuoted($0.value))" }.joined(separator: ", ") + "}"
    }

    private func duration(_ duration: Duration) -> String { PromQL.durationText(milliseconds: duration.milliseconds) }
}
