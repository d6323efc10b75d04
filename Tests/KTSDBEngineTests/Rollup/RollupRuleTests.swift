import KTSDBModel
import Testing

@testable import KTSDBEngine

@Suite struct `Rollup rules` {
    @Test func `have a name, matchers, an interval and aggregates, and are not too many`() throws {
        let matchers: [[LabelMatcher]] = [[.name("m")]]
        func rule(_ name: String = "a", _ matchers: [[LabelMatcher]]? = nil, interval: Duration = .seconds(60)) throws
            -> RollupRule
        { try RollupRule(name, matching: matchers ?? [[.name("m")]], interval: interval) }
        #expect(throws: RollupRuleError.noName) { try rule("") }
        #expect(throws: RollupRuleError.noMatchers(rule: "a")) { try rule("a", []) }
        #expect(throws: RollupRuleError.noMatchers(rule: "a")) { try rule("a", matchers + [[]]) }
        for interval in [Duration.seconds(9), .seconds(86_401), .seconds(60) + .microseconds(1), .zero] {
            #expect(throws: RollupRuleError.interval(rule: "a")) { try rule(interval: interval) }
        }
        #expect(throws: RollupRuleError.noAggregates(rule: "a")) {
            try RollupRule("a", matching: matchers, interval: .seconds(60), aggregates: [])
        }
        #expect(throws: RollupRuleError.keptTooShort(rule: "a")) {
            try RollupRule("a", matching: matchers, interval: .seconds(60), keep: .seconds(59))
        }
        #expect(throws: RollupRuleError.sameName("a")) { try RollupRules([rule(), rule(interval: .seconds(300))]) }
        let many = try (0..<9).map { try rule("\($0)") }
        #expect(throws: RollupRuleError.tooMany(count: 9)) { try RollupRules(many) }
        #expect(try RollupRules(Array(many.prefix(8))).all.count == 8)
        let errors: [RollupRuleError] = [
            .noName, .noMatchers(rule: "x"), .interval(rule: "x"), .noAggregates(rule: "x"), .keptTooShort(rule: "x"),
            .sameName("x"), .tooMany(count: 9),
        ]
        for error in errors { #expect(error.description.lowercased().contains("nothing was changed")) }
    }

    @Test func `are identified by what their points depend on`() throws {
        func identities(_ rules: RollupRule...) throws -> [UInt64] {
            RollupRuleSet(try RollupRules(rules)).entries.map(\.identity)
        }
        func rule(
            _ name: String, _ value: String, seconds: Int = 60, _ aggregates: Set<RollupAggregate> = [.max],
            keep: Duration? = nil
        ) throws -> RollupRule {
            try RollupRule(
                name, matching: [[.equal("job", value)]], interval: .seconds(seconds), aggregates: aggregates,
                keep: keep)
        }
        let base = try identities(rule("a", "a"))[0]
        #expect(try identities(rule("b", "a"))[0] == base)
        #expect(try identities(rule("a", "a", keep: .seconds(3600)))[0] == base)
        // A rule with another interval before it plays no part, one with the same interval does.
        #expect(try identities(rule("b", "b", seconds: 300), rule("a", "a"))[1] == base)
        let others = [
            try identities(rule("a", "b"))[0], try identities(rule("a", "a", seconds: 300))[0],
            try identities(rule("a", "a", [.max, .min]))[0], try identities(rule("b", "b"), rule("a", "a"))[1],
        ]
        #expect(Set(others + [base]).count == 5)
    }

    @Test func `name intervals by the longest unit that divides them`() {
        #expect(RollupLabel.value(300_000, .max) == "5m:max")
        #expect(RollupLabel.value(86_400_000, .firstTime) == "1d:first_time")
        #expect(RollupLabel.value(90_000, .count) == "90s:count")
        #expect(RollupLabel.value(12_345, .sum) == "12345ms:sum")
        #expect(RollupLabel.matcher(300_000).matches(["__rollup__": "5m:max"]))
        #expect(!RollupLabel.matcher(300_000).matches(["__rollup__": "15m:max"]))
        #expect(RollupLabel.matcher([300_000, 60_000], [.sum, .whole]).matches(["__rollup__": "1m:whole"]))
        #expect(!RollupLabel.matcher([300_000], [.sum, .whole]).matches(["__rollup__": "5m:max"]))
    }

    @Test func `have blocks whose last commits ascend with each step and with each commit`() {
        var last: UInt64 = 0
        for asOf in [1, 1, 1, 7, 7, 5, 8] as [UInt64] {
            let next = RollupRank.next(asOf: asOf, after: last)
            #expect(next > last && RollupRank.asOf(next) >= asOf)
            // A deletion by a later commit hides it, one that it takes into account does not.
            #expect(next <= RollupRank.before(RollupRank.asOf(next) + 1) && next > RollupRank.before(asOf))
            last = next
        }
        for _ in 0..<70_000 { last = RollupRank.next(asOf: 8, after: last) }
        #expect(RollupRank.asOf(last) == 8)
    }
}
