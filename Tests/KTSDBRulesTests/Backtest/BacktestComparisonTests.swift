import KTSDBAlertTesting
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import Testing

@Suite struct `Comparisons of back-tests` {
    private static let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)
    private static let end = start + .seconds(15 * 239)

    /// Ten samples of 1, ten of 4, ten of 8, again and again.
    private var storage: TableStorage {
        let storage = TableStorage()
        storage.append(
            (0..<240).map { step in
                Sample(
                    timestamp: (Self.start + .seconds(15 * step)).timestamp, value: [1.0, 4, 8][step / 10 % 3])
            }, to: ["__name__": "m", "i": "a"])
        return storage
    }

    private func compare(
        _ expression: String, _ variants: [BacktestVariant], annotations: NamedTexts = [:]
    ) throws -> BacktestComparison {
        let rule = AlertingRule(
            name: "A", expression: expression, for: .seconds(60), labels: ["severity": "page"], annotations: annotations
        )
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        let reports = try RuleBacktest(rule, options: options)
            .compare(variants, over: Self.start...Self.end, interval: .seconds(15), in: storage.view())
        return BacktestComparison(rule: rule, variants: variants, reports: reports)
    }

    @Test func `each combination of for and threshold has its report`() throws {
        let variants = BacktestVariant.combinations(for: [.seconds(60), .seconds(200)], thresholds: [3, 5, 9])
        #expect(variants.count == 6)
        let comparison = try compare("m > 3", variants)
        // Above 3 for 20 samples, above 5 for ten, above 9 never; 200 s are 13 steps.
        #expect(comparison.reports.map(\.fired.count) == [8, 8, 8, 0, 0, 0])
        #expect(comparison.reports.map { $0.runs.count } == [8, 8, 8, 8, 0, 0])
        #expect(comparison.reports[0].fired[0].firedAt == Self.start + .seconds(150 + 60))
        #expect(comparison.description.contains("for 1m, threshold 3     8 "))
        #expect(comparison.description.contains("for 3m20s, threshold 5  0 "))
        let alone = try compare("m > 5", [BacktestVariant()])
        #expect(alone.reports[0].runs == comparison.reports[2].runs)
        #expect(alone.reports[0].fired.last?.labels == ["alertname": "A", "i": "a", "severity": "page"])
    }

    @Test func `runs that are not counted are no pending ones`() throws {
        var test = RuleBacktest(AlertingRule(name: "A", expression: "m > 3"))
        test.runLimit = 5
        let report = try test.run(over: Self.start...Self.end, interval: .seconds(15), in: storage.view())
        #expect(report.runs.count == 5 && report.omittedRuns == 3)
        let text = BacktestComparison(rule: test.rule, variants: [BacktestVariant()], reports: [report]).description
        #expect(text.contains("only the 5 runs of alerts that end first are counted, 3 more are not"), "\(text)")
        #expect(text.contains("\nfor 0s   5      25m         0 "), "\(text)")
    }

    @Test func `annotations are those of the moment when it fired`() throws {
        let comparison = try compare("m > 3", [BacktestVariant()], annotations: ["a": "{{ $labels.i }} {{ $value }}"])
        #expect(comparison.reports[0].fired.map { $0.annotations["a"] } == Array(repeating: "a 4", count: 8))
    }

    @Test(arguments: ["m", "m > n", "sum(m > 5)", "absent(m)"])
    func `without a number there is no threshold to try`(expression: String) {
        #expect(throws: RuleError.self) { try compare(expression, [BacktestVariant(threshold: 1)]) }
    }

    @Test func `a check ends it, and limits count all variants`() throws {
        struct Enough: Error {}
        var test = RuleBacktest(AlertingRule(name: "A", expression: "m > 3"))
        test.check = { throw Enough() }
        #expect(throws: Enough.self) {
            try test.run(over: Self.start...Self.end, interval: .seconds(15), in: storage.view())
        }
        test.check = {}
        test.evaluationLimit = 300
        #expect(throws: Never.self) {
            try test.run(over: Self.start...Self.end, interval: .seconds(15), in: storage.view())
        }
        #expect(throws: RuleError.self) {
            try test.compare(
                [BacktestVariant(), BacktestVariant()], over: Self.start...Self.end, interval: .seconds(15),
                in: storage.view())
        }
    }

    @Test func `missing data is tried as the server would`() throws {
        let storage = TableStorage()
        for step in 0..<40 where step < 10 || step >= 30 {
            let time = (Self.start + .seconds(60 * step)).timestamp
            storage.append([Sample(timestamp: time, value: step < 10 ? 9 : 1)], to: ["__name__": "m"])
        }
        func run(_ policy: String) throws -> [BacktestReport.Run] {
            let rule = AlertingRule(name: "A", expression: "m > 5", annotations: [NoDataPolicy.name: policy])
            return try RuleBacktest(rule).run(
                over: Self.start...(Self.start + .seconds(60 * 39)), interval: .seconds(60), in: storage.view()
            ).runs
        }
        // Five minutes after the last sample there is no data.
        #expect(try run("resolve").map(\.endedAt) == [Self.start + .seconds(60 * 14)])
        #expect(try run("keep").map(\.endedAt) == [Self.start + .seconds(60 * 30)])
        let alerts = try run("alert")
        #expect(alerts.count == 2 && alerts[1].labels[NoDataPolicy.alertLabel] == "true")
        #expect(
            alerts[1].activeAt == Self.start + .seconds(60 * 14) && alerts[1].endedAt == Self.start + .seconds(1800))
    }
}
