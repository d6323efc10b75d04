internal import KTSDBModel
public import PromQL

/// Runs unit tests of rules, as `promtool test rules` does. The report has promtool's texts.
///
/// All groups are evaluated at the evaluation interval of the test file, and not at their own, by the server's
/// evaluator.
public struct RuleTestRunner: Sendable {
    /// How expressions are parsed and evaluated. The default step of subqueries is the evaluation interval.
    public var engineOptions = EngineOptions()
    /// Whether to run the test with this name.
    public var isSelected: @Sendable (String) -> Bool = { _ in true }
    /// Whether failures show a coloured difference instead of the expected and the actual alerts.
    public var showsDifferences = false
    /// Whether results have all series at the end of the test.
    public var dumpsSeries = false
    /// Whether results have the traces of the rules whose alerts the test checks.
    public var tracesRules = false
    /// The most evaluations of one test, so that a mistyped time does not run for hours.
    public var evaluationLimit = 10_000_000

    /// Creates a runner that runs all tests.
    public init() {}

    /// Runs the tests of a file with the groups of the rule files that it names.
    public func run(_ file: RuleTestFile, groups: [RuleGroup]) -> RuleTestReport {
        var report = RuleTestReport()
        var seen: Set<String> = []
        for name in file.groupOrder where !seen.insert(name).inserted {
            report.error = "group name repeated in evaluation order: \(name)"
            return report
        }
        for (number, test) in file.tests.enumerated() where isSelected(test.name) {
            report.results.append(result(of: test, number: number, in: file, groups: groups))
        }
        return report
    }

    /// Runs one test. `number` is its index in the file, from 0.
    public func result(
        of test: RuleTest, number: Int, in file: RuleTestFile, groups: [RuleGroup]
    ) -> RuleTestReport.Result {
        var result = RuleTestReport.Result(name: Self.name(of: test, number: number))
        do {
            var run = try RuleTestRun(test, file, ordered(groups, by: file.groupOrder), self)
            guard run.evaluationCount <= evaluationLimit else {
                result.failures = ["the test has \(run.evaluationCount) evaluations and may have \(evaluationLimit)"]
                return result
            }
            if let failures = run.evaluate() {
                result.failures = failures
            } else {
                result.failures = run.failures + run.expressionFailures()
                if dumpsSeries { result.dump = run.dump() }
            }
            result.traces = run.traces
        } catch {
            result.failures = [(error as? SeriesSyntaxError)?.parseError ?? "\(error)"]
        }
        return result
    }

    /// The test's name, or `unnamed#` and its number from 0.
    public static func name(of test: RuleTest, number: Int) -> String {
        test.name.isEmpty ? "unnamed#\(number)" : test.name
    }

    /// Returns the groups in the order of evaluation. Groups that `order` does not name count as the first one that it
    /// names, as in promtool, and groups with the same place are sorted by file and name.
    private func ordered(_ groups: [RuleGroup], by order: [String]) -> [RuleGroup] {
        let sorted = groups.sorted { $0.key < $1.key }
        return sorted.indices.sorted { left, right in
            let places = [left, right].map { order.firstIndex(of: sorted[$0].name) ?? 0 }
            return (places[0], left) < (places[1], right)
        }.map { sorted[$0] }
    }
}
