import KTSDBAlertTesting
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import Testing

@Suite struct `Explanations of rules` {
    private static let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)
    private static let end = start + .seconds(3600)

    /// Series with a sample every 15 seconds for an hour.
    private func storage(_ series: [(Labels, (Int) -> Double)]) -> TableStorage {
        let storage = TableStorage()
        for (labels, value) in series {
            storage.append(
                (0...240).map { step in
                    Sample(timestamp: (Self.start + .seconds(15 * step)).timestamp, value: value(step))
                }, to: labels)
        }
        return storage
    }

    private func explain(
        _ expression: String, for hold: Duration = .seconds(300), _ storage: TableStorage,
        labels: [(name: String, value: String)] = []
    ) throws -> AlertExplanation {
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        var explainer = RuleExplainer(options)
        explainer.labels = labels
        let rule = AlertingRule(name: "A", expression: expression, for: hold)
        let group = RuleGroup(file: "f.yml", name: "g", interval: .seconds(15), rules: [.alerting(rule)])
        return try explainer.explain(rule, of: group, at: Self.end, in: storage.view())
    }

    @Test(arguments: [
        ("nosuch > 5", "No series matches nosuch at this time: it is absent."),
        ("rate(nosuch[5m]) > 5", "No series matches nosuch[5m] at this time: it is absent."),
        ("m > 5", "None of the 2 series of m meets m > 5: the nearest is 3 m{i=\"b\"}."),
        ("5 < m", "None of the 2 series of m meets 5 < m: the nearest is 3 m{i=\"b\"}."),
        ("m < 0", "None of the 2 series of m meets m < 0: the nearest is 1 m{i=\"a\"}."),
        ("m == 2.5", "None of the 2 series of m meets m == 2.5: the nearest is 3 m{i=\"b\"}."),
        ("nans > 5", "The only series of nans is NaN, which compares with nothing."),
        ("m > 0 and on (i) other > 0", "No series of m > 0 has the same labels as one of other > 0: "),
        ("m > 0 unless m > 0", "Each of the 2 series of m > 0 is also in m > 0."),
        ("m > 5 or nosuch", "None of the 2 series of m meets m > 5"),
        ("m / ignoring (x) other > 5", "No series of m has the same labels as one of other"),
        ("(m > 5) and (nosuch > 1)", "No series matches nosuch at this time: it is absent."),
        ("m > bool 5 > 3", "meets"),
        ("m + on (j) group_left () m > 1", "cannot be evaluated: "),
        ("m > other", "No series of m is > other; or their labels differ: left has "),
    ]) func `a rule that does not fire says which operand is missing`(expression: String, reason: String) throws {
        let storage = storage([
            (["__name__": "m", "i": "a"], { _ in 1 }), (["__name__": "m", "i": "b"], { _ in 3 }),
            (["__name__": "nans"], { _ in .nan }), (["__name__": "other", "i": "c"], { _ in 1 }),
        ])
        let explanation = try explain(expression, storage)
        #expect(explanation.reasons.contains { $0.contains(reason) }, "\(explanation)")
        #expect(explanation.state == .inactive)
    }

    @Test func `a pending alert says when it fires, a firing one since when`() throws {
        let storage = storage([(["__name__": "m", "i": "a"], { step in step >= 230 ? 9 : 0 })])
        let explanation = try explain("m > 5", storage)
        #expect(explanation.alerts.count == 1 && explanation.alerts[0].state == .pending)
        #expect(explanation.alerts[0].firesAt == Self.start + .seconds(230 * 15 + 300))
        #expect(
            explanation.reasons[0]
                == "{alertname=\"A\", i=\"a\"} is pending since 2023-11-14T23:10:50Z, for 2m30s of 5m: it fires at "
                + "2023-11-14T23:15:50Z if the expression still gives it.")
        let firing = try explain("m > 5", for: .zero, storage)
        #expect(firing.reasons[0] == "{alertname=\"A\", i=\"a\"} fires since 2023-11-14T23:10:50Z.")
        #expect(firing.description.hasPrefix("A: 1 firing at 2023-11-14T23:13:20Z\n"))
    }

    @Test func `a rule that never held long enough says how long it did`() throws {
        let storage = storage([(["__name__": "m"], { step in step % 20 < 10 && step < 235 ? 9 : 0 })])
        let explanation = try explain("m > 5", storage)
        #expect(
            explanation.reasons.last
                == "Since 2023-11-14T22:13:20Z, it was pending 12 times without firing: at most for 2m30s of 5m.")
        #expect(explanation.reasons.count == 2)
    }

    @Test func `a metric whose name reads as a number is an operand like others`() throws {
        let storage = storage([(["__name__": "infinity"], { _ in 7 })])
        let text = "\(try explain("infinity > 9", storage))"
        #expect(text.contains("  infinity\n"), "\(text)")
    }

    @Test func `alerts can be chosen by labels`() throws {
        let storage = storage([
            (["__name__": "m", "i": "a"], { _ in 9 }), (["__name__": "m", "i": "b"], { _ in 8 }),
        ])
        let explanation = try explain("m > 5", storage, labels: [("i", "b")])
        #expect(explanation.alerts.map(\.value) == [8])
        #expect(explanation.operand.samples.first?.labels["i"] == "b" && explanation.operand.seriesCount == 2)
    }

    @Test func `an error says what became of the alerts`() throws {
        let storage = storage([(["__name__": "m"], { _ in 9 })])
        let group = RuleGroup(file: "f.yml", name: "g", interval: .seconds(15), rules: [])
        func reason(_ error: RuleError) throws -> String? {
            var state = RuleState()
            state.health = .failed(error)
            let rule = AlertingRule(name: "A", expression: "m > 5"), explainer = RuleExplainer(RuleOptions())
            return try explainer.explain(rule, of: group, state: state, at: Self.end, in: storage.view()).reasons.first
        }
        #expect(
            try reason(.limit(1, found: 2, isAlerting: true))
                == "The last evaluation failed, so the rule has forgotten its alerts: "
                + "exceeded limit of 1 with 2 alerts")
        #expect(
            try reason(.notVector) == "The last evaluation failed, so its alerts stay as they were: "
                + "rule result is not a vector or scalar")
    }

    @Test func `long chains and deep expressions are bounded`() throws {
        let storage = storage([(["__name__": "m"], { _ in 1 })])
        let chain = Array(repeating: "m > 5", count: 500).joined(separator: " or ")
        #expect(throws: Never.self) { try explain(chain, for: .zero, storage) }
        let calls = String(repeating: "abs(", count: 200) + "m" + String(repeating: ")", count: 200)
        #expect(try explain(calls + " > 5", storage).operand.parts.count == 2)
    }

    @Test(arguments: [
        ("m > 5", "m"), ("5 < m", "m"), ("m > n", "m"), ("(m > 5) and n > 3", "m"), ("m > 5 unless n", "m"),
        ("rate(x[5m]) / y > 0.1", "rate(x[5m]) / y"), ("m > 5 or n > 6", "m or n"), ("((m > 5))", "m"),
    ]) func `an expression without its comparison`(expression: String, compared: String) throws {
        #expect(try PromQLRuleLanguage().prepare(expression).compared?.canonicalText == compared)
    }

    @Test(arguments: ["m", "absent(m)", "m > bool 5", "-(m > 5)", "sum(m > 5)", "m > 5 or n"])
    func `what is not a comparison`(expression: String) throws {
        #expect(try PromQLRuleLanguage().prepare(expression).compared == nil)
    }
}
