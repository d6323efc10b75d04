internal import KTSDBModel
public import PromQL

/// Runs unit tests of rules, as `promtool test rules` does: the groups and the tests are values, the report has
/// promtool's texts.
///
/// All groups are evaluated at each evaluation interval, whatever their own, by the evaluator that the server uses.
public struct RuleTestRunner: Sendable {
    /// How expressions are read and evaluated; the step of a subquery without one is the evaluation interval.
    public var engineOptions = EngineOptions()
    /// Runs only tests for whose name this returns true.
    public var isSelected: @Sendable (String) -> Bool = { _ in true }
    /// Whether failures show a coloured difference, and not what was expected and what came.
    public var showsDifferences = false
    /// Whether results have all series at the end of the test.
    public var dumpsSeries = false
    /// Whether results have what the rules did whose alerts the test looks at.
    public var tracesRules = false
    /// How many evaluations one test may have: a mistyped time must not run for hours.
    public var evaluationLimit = 10_000_000

    /// Creates a runner of all tests.
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

    /// Runs one test, the file's one with a number from 0.
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

    /// Groups that the order does not name come first, together with the first that it does: promtool's order, but the
    /// same each time.
    private func ordered(_ groups: [RuleGroup], by order: [String]) -> [RuleGroup] {
        let sorted = groups.sorted { $0.key < $1.key }
        return sorted.indices.sorted { left, right in
            let places = [left, right].map { order.firstIndex(of: sorted[$0].name) ?? 0 }
            return (places[0], left) < (places[1], right)
        }.map { sorted[$0] }
    }
}
