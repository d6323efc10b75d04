internal import KTSDBModel

/// The results of back-tests of several variants of a rule, side by side.
public struct BacktestComparison: Hashable, Sendable {
    /// The rule.
    public var rule: AlertingRule
    /// The variants that were tried.
    public var variants: [BacktestVariant]
    /// The report of each variant, in the order of the variants.
    public var reports: [BacktestReport]

    /// Creates a comparison.
    public init(rule: AlertingRule, variants: [BacktestVariant], reports: [BacktestReport]) {
        self.rule = rule
        self.variants = variants
        self.reports = reports
    }
}

extension BacktestComparison: CustomStringConvertible {
    /// The most runs that the text shows of each variant.
    private static let runLimit = 50

    /// The comparison for a terminal: a line for each variant, then the times at which each fired.
    public var description: String {
        var lines = ["\(rule.name): \(rule.expression)", ""]
        var table = [["variant", "fired", "firing for", "pending only", "evaluations"]]
        for (variant, report) in zip(variants, reports) {
            let firing = report.fired.reduce(Duration.zero) {
                $0 + (($1.endedAt ?? report.end) - ($1.firedAt ?? report.end))
            }
            table.append([
                name(of: variant), "\(report.fired.count)", ExplanationText.duration(firing),
                "\(report.runs.count - report.fired.count)", "\(report.evaluations)",
            ])
        }
        lines += Self.aligned(table)
        for (variant, report) in zip(variants, reports) {
            for failure in report.failures.sorted(by: { $0.key < $1.key }) {
                lines.append("\(name(of: variant)): \(failure.value) evaluations failed: \(failure.key)")
            }
            if report.omittedRuns > 0 {
                lines.append(
                    "\(name(of: variant)): only the \(report.runs.count) runs of alerts that end first are counted, "
                        + "\(report.omittedRuns) more are not; choose a shorter range")
            }
            lines += runs(of: report, name(of: variant))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func name(of variant: BacktestVariant) -> String {
        let threshold = variant.threshold.map { ", threshold \(ExplanationText.number($0))" } ?? ""
        return "for \(ExplanationText.duration(variant.holdDuration ?? rule.holdDuration))\(threshold)"
    }

    private func runs(of report: BacktestReport, _ name: String) -> [String] {
        guard !report.fired.isEmpty else { return [] }
        var lines = ["", "\(name):"]
        for run in report.fired.prefix(Self.runLimit) {
            let end = run.endedAt.map(ExplanationText.time) ?? "still firing"
            lines.append(
                "  \(ExplanationText.time(run.firedAt ?? run.activeAt)) – \(end), value \(ExplanationText.number(run.value)), "
                    + "\(run.labels)")
        }
        if report.fired.count > Self.runLimit { lines.append("  … and \(report.fired.count - Self.runLimit) more") }
        return lines
    }

    private static func aligned(_ table: [[String]]) -> [String] {
        let widths = (table.first ?? []).indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
