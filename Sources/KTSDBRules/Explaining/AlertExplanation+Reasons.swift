internal import KTSDBModel

extension AlertExplanation {
    /// Sentences that say why the rule fires or does not, the most important first.
    public var reasons: [String] {
        var reasons: [String] = []
        if let lastError {
            let effect = hasForgottenAlerts ? "the rule has forgotten its alerts" : "its alerts stay as they were"
            reasons.append("The last evaluation failed, so \(effect): \(lastError)")
        }
        reasons += alerts.prefix(Self.alertLimit).map(reason)
        if alerts.count > Self.alertLimit {
            reasons.append("\(alerts.count - Self.alertLimit) more alerts are active.")
        }
        if operand.seriesCount == 0 || operand.error != nil { reasons += operand.reasons }
        if alerts.isEmpty, operand.seriesCount > 0 {
            reasons.append("The expression gives \(Self.series(operand.seriesCount)), and none is an alert yet.")
        }
        return reasons + pastReasons
    }

    /// The most alerts that get a sentence of their own.
    static let alertLimit = 10

    private func reason(_ alert: AlertProgress) -> String {
        let name = "\(alert.labels)"
        switch alert.state {
        case .firing:
            guard let kept = alert.keptUntil else { return "\(name) fires since \(Self.text(alert.firesAt))." }
            return "\(name) is over, and fires until \(Self.text(kept)) because of keep_firing_for."
        case .pending:
            return "\(name) is pending since \(Self.text(alert.activeAt)), for \(Self.text(time - alert.activeAt)) of "
                + "\(Self.text(rule.holdDuration)): it fires at \(Self.text(alert.firesAt)) if the expression still "
                + "gives it."
        case .inactive: return "\(name) is over."
        }
    }

    /// Sentences about the past: failures, and how often the rule fired or was pending.
    private var pastReasons: [String] {
        let since = "Since \(Self.text(historyStart))"
        let fired = history.fired, ended = history.runs.filter { $0.firedAt == nil && $0.endedAt != nil }
        var reasons: [String] = []
        if let failures = history.failures.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
            reasons.append("\(since), \(failures.value) of \(history.evaluations) evaluations failed: \(failures.key)")
        }
        if !fired.isEmpty {
            reasons.append("\(since), it fired \(Self.times(fired.count)), last for \(fired[fired.count - 1].labels).")
        }
        let longest = ended.max { duration($0) < duration($1) }
        if let longest {
            reasons.append(
                "\(since), it was pending \(Self.times(ended.count)) without firing: at most for "
                    + "\(Self.text(duration(longest))) of \(Self.text(rule.holdDuration)).")
        } else if fired.isEmpty, history.runs.isEmpty, history.failures.isEmpty {
            reasons.append("\(since), no evaluation gave an alert.")
        }
        return reasons
    }

    private func duration(_ run: BacktestReport.Run) -> Duration { (run.endedAt ?? time) - run.activeAt }

    // MARK: Words

    static func series(_ count: Int) -> String { count == 1 ? "1 series" : "\(count) series" }
    private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
    static func text(_ time: PreciseTime) -> String { ExplanationText.time(time) }
    static func text(_ duration: Duration) -> String { ExplanationText.duration(duration) }
}

extension OperandExplanation {
    /// Sentences that say why the operand returns no series.
    var reasons: [String] {
        if let error { return ["\(text) cannot be evaluated: \(error)"] }
        guard seriesCount == 0 else { return [] }
        switch kind {
        case .selector: return ["No series matches \(text) at this time: it is absent."]
        case .other: return otherReasons
        case .comparison(let operation): return comparisonReasons(operation)
        case .set("or"): return parts.flatMap(\.reasons)
        case .set("unless"):
            return missing(in: [parts[0]])
                ?? [
                    "Each of the \(AlertExplanation.series(parts[0].seriesCount)) of \(parts[0].text) is also in \(parts[1].text)."
                ]
        case .set, .arithmetic: return missing(in: parts) ?? [differentLabels]
        }
    }

    private var otherReasons: [String] {
        let absent = parts.filter { $0.seriesCount == 0 }
        guard absent.isEmpty else { return absent.flatMap(\.reasons) }
        return ["\(text) gives no series, although its selectors do: too few samples, or labels that do not fit."]
    }

    private func comparisonReasons(_ operation: String) -> [String] {
        if let missing = missing(in: parts) { return missing }
        let left = parts[0], right = parts[1], side = left.isNumber ? right : left
        let numbers = side.seriesCount - side.nanCount
        guard numbers > 0 else {
            let all = side.seriesCount == 1 ? "The only series of \(side.text) is" : "All series of \(side.text) are"
            return ["\(all) NaN, which compares with nothing."]
        }
        guard let nearest else {
            return [
                "No series of \(left.text) is \(operation) \(right.text); or their labels differ: \(labelTexts)."
            ]
        }
        let value = "\(ExplanationText.number(nearest.value)) \(nearest.labels)"
        if side.seriesCount == 1 { return ["The only series of \(side.text) does not meet \(text): it is \(value)."] }
        let nan = side.nanCount > 0 ? ", \(side.nanCount) of them NaN," : ""
        return [
            "None of the \(side.seriesCount) series of \(side.text)\(nan) meets \(text): the nearest is \(value)."
        ]
    }

    /// Returns the reasons of the operands that return no series or fail; nil if all of them return series.
    private func missing(in parts: [OperandExplanation]) -> [String]? {
        let empty = parts.filter { $0.seriesCount == 0 || $0.error != nil }
        return empty.isEmpty ? nil : empty.flatMap(\.reasons)
    }

    private var differentLabels: String {
        "No series of \(parts[0].text) has the same labels as one of \(parts[1].text): \(labelTexts)."
    }

    private var labelTexts: String {
        zip(["left", "right"], parts).compactMap { name, part in part.samples.first.map { "\(name) has \($0.labels)" } }
            .joined(separator: ", ")
    }
}
