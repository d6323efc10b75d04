import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// Compares the index with a search through all rules and alerts.
@Suite struct InhibitionModelTests {
    private let now = NotifierTable.now

    private func matcher(_ generator: inout SeededGenerator) throws -> Matcher {
        let value = generator.pick(["", "1", "2", "1|2", ".*", "3"])
        return try Matcher(generator.pick(["a", "b", "c"]), generator.pick(Matcher.Operation.allCases), value)
    }

    private func labels(_ generator: inout SeededGenerator) -> Labels {
        Labels(["a", "b", "c", "e"].map { ($0, generator.pick(["", "1", "2", "3"])) })
    }

    private func rules(_ generator: inout SeededGenerator) throws -> [InhibitionRule] {
        try (0..<generator.below(8)).map { _ in
            let source = try (0..<generator.below(3)).map { _ in try matcher(&generator) }
            let target = try (0..<generator.below(3)).map { _ in try matcher(&generator) }
            let equal = ["e", "a"].filter { _ in generator.oneIn(2) }
            return InhibitionRule(source: Matchers(source), target: Matchers(target), equal: equal)
        }
    }

    private func isInhibited(
        _ target: Labels, _ rules: [InhibitionRule], _ alerts: [Labels: ReceivedAlert], _ now: WallTime
    )
        -> Bool
    {
        rules.contains { rule in
            rule.target.matches(target)
                && alerts.values.contains { alert in
                    rule.source.matches(alert.labels) && !alert.isResolved(at: now)
                        && rule.equal.allSatisfy { alert.labels[$0] == target[$0] }
                        && !(rule.source.matches(target) && rule.target.matches(alert.labels))
                }
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>) func `the index finds what a search through everything finds`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let rules = try rules(&generator)
        var inhibitor = Inhibitor(rules), alerts: [Labels: ReceivedAlert] = [:]
        for step in 0..<300 {
            let now = now + .seconds(step)
            let labels = labels(&generator)
            if generator.oneIn(6) {
                inhibitor.remove(labels)
                alerts[labels] = nil
            } else {
                let end = now + .seconds(generator.below(60) - 20)
                let alert = ReceivedAlert(labels: labels, startsAt: now, endsAt: end, updatedAt: now)
                inhibitor.update(alert, at: now)
                alerts[labels] = alert
            }
            let target = self.labels(&generator)
            let found = inhibitor.inhibition(of: target, at: now)
            #expect((found != nil) == isInhibited(target, rules, alerts, now), "step \(step)")
        }
    }

    @Test func `many alerts and many rules cost neither product`() throws {
        let rules = (0..<500).map { number in
            InhibitionRule(
                source: Matchers([Matcher("alertname", equals: "s\(number)")]),
                target: Matchers([Matcher("alertname", equals: "t\(number)")]), equal: ["instance"])
        }
        var inhibitor = Inhibitor(rules)
        var count = 0
        for number in 0..<20_000 {
            let labels: Labels = ["alertname": "s\(number % 500)", "instance": "\(number / 500)"]
            inhibitor.update(
                ReceivedAlert(labels: labels, startsAt: now, endsAt: now + .seconds(60), updatedAt: now), at: now)
            let target: Labels = ["alertname": "t\(number % 500)", "instance": "\(number / 500)"]
            if inhibitor.inhibition(of: target, at: now) != nil { count += 1 }
        }
        #expect(count == 20_000)
    }
}
