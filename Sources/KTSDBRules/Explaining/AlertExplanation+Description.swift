internal import KTSDBModel

extension AlertExplanation: CustomStringConvertible {
    /// The explanation for a terminal.
    public var description: String {
        var lines = ["\(rule.name): \(stateText) at \(Self.text(time))"]
        lines.append(
            "group \(group.name) in \(group.file), every \(Self.text(interval)), for \(Self.text(rule.holdDuration))")
        lines.append("")
        operand.describe(indent: 0, into: &lines)
        if !reasons.isEmpty { lines.append("") }
        lines += reasons
        return lines.joined(separator: "\n") + "\n"
    }

    /// The highest state of the alerts; inactive without alerts.
    public var state: AlertState { alerts.map(\.state).max() ?? .inactive }

    private var stateText: String {
        let firing = alerts.count { $0.state == .firing }, pending = alerts.count { $0.state == .pending }
        guard firing + pending > 0 else { return "inactive" }
        return [(firing, "firing"), (pending, "pending")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            .joined(separator: ", ")
    }
}

extension OperandExplanation {
    /// Appends the lines of the operand and its parts as a tree. Numbers are left out of the parts.
    fileprivate func describe(indent: Int, into lines: inout [String]) {
        let blank = String(repeating: "  ", count: indent)
        lines.append("\(blank)\(text)")
        lines.append("\(blank)  = \(resultText)")
        for part in parts where !part.isNumber { part.describe(indent: indent + 1, into: &lines) }
    }

    /// `3 series, 0.2 … 4.1, 1 NaN`
    private var resultText: String {
        if let error { return "error: \(error)" }
        guard seriesCount > 0 else { return "no series" }
        var text = AlertExplanation.series(seriesCount)
        if seriesCount == 1, let sample = samples.first, sample.histogram == nil {
            return text + ": " + ExplanationText.number(sample.value)
                + (sample.labels.isEmpty ? "" : " \(sample.labels)")
        }
        if let minimum, let maximum {
            text += ", \(ExplanationText.number(minimum)) … \(ExplanationText.number(maximum))"
        }
        return nanCount > 0 ? text + ", \(nanCount) NaN" : text
    }
}
