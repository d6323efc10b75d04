import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Retention rules` {
    static let hour: Int64 = 3_600_000, day: Int64 = 24 * 3_600_000
    static let start: Int64 = 1_700_000_000_000

    static func rule(_ name: String, _ value: String, hours: Int64) throws -> RetentionRule {
        try RetentionRule(name, matching: [[.equal("job", value)]], keep: .milliseconds(hours * hour))
    }

    static func rules(_ hours: Int64...) throws -> RetentionRules {
        try RetentionRules(hours.enumerated().map { try rule("r\($0)", "\($0)", hours: $1) })
    }

    @Test func `have a name, matchers and a time, and are not too many`() throws {
        #expect(throws: RetentionRuleError.noName) { try Self.rule("", "a", hours: 1) }
        #expect(throws: RetentionRuleError.noMatchers(rule: "a")) {
            try RetentionRule("a", matching: [], keep: .seconds(1))
        }
        #expect(throws: RetentionRuleError.noMatchers(rule: "a")) {
            try RetentionRule("a", matching: [[.name("m")], []], keep: .seconds(1))
        }
        #expect(throws: RetentionRuleError.noTime(rule: "a")) { try Self.rule("a", "a", hours: 0) }
        #expect(throws: RetentionRuleError.sameName("a")) {
            try RetentionRules([Self.rule("a", "a", hours: 1), Self.rule("a", "b", hours: 1)])
        }
        let many = try (0..<17).map { try Self.rule("\($0)", "a", hours: 1) }
        #expect(throws: RetentionRuleError.tooMany(count: 17)) { try RetentionRules(many) }
        #expect(try RetentionRules(Array(many.prefix(16))).all.count == 16)
        let errors: [RetentionRuleError] = [
            .noName, .noMatchers(rule: "x"), .noTime(rule: "x"), .sameName("x"), .tooMany(count: 17),
        ]
        for error in errors { #expect(error.description.lowercased().contains("nothing was changed")) }
    }

    @Test func `identify a policy by matchers, order and times, but not by names or the age of the rest`() throws {
        func identity(_ rules: RetentionRules, age: Duration? = .seconds(1)) -> UInt64 {
            RetentionPolicy(RetentionLimits(age: age, rules: rules)).identity
        }
        let first = try Self.rule("a", "a", hours: 1), second = try Self.rule("b", "b", hours: 2)
        let negated = try RetentionRule("a", matching: [[.notEqual("job", "a")]], keep: first.keep)
        let base = identity(try RetentionRules([first, second]))
        #expect(base != 0 && identity(.none) == 0)
        #expect(identity(try RetentionRules([first, second]), age: .seconds(2)) == base)
        #expect(identity(try RetentionRules([Self.rule("c", "a", hours: 1), second])) == base)
        let others = [
            identity(try RetentionRules([second, first])), identity(try RetentionRules([first])),
            identity(try RetentionRules([first, Self.rule("b", "b", hours: 3)])),
            identity(try RetentionRules([first, Self.rule("b", "c", hours: 2)])),
            identity(try RetentionRules([first, second]), age: nil),
            identity(
                try RetentionRules([negated, second])),
        ]
        #expect(Set(others + [base]).count == 7)
        // The number is stored, so it must not change.
        #expect(base == 0xd0c0_1444_c50a_9373)
    }

    // MARK: The clock

    /// Two classes besides the rest, in blocks of an hour each.
    struct World {
        var clock = RetentionClock()
        var wall = start, monotonic: Int64 = 0
        var limits: RetentionLimits
        var stock = RetentionClock.Stock()
        var removed: [UInt64] = [], rewritten: [UInt64] = []
        var horizons: [Int64] = []
        /// Blocks that are not written again although they should be.
        var failing: Set<UInt64> = []

        init(_ limits: RetentionLimits, hours: Int64, counts: [Int] = [40, 30, 30]) {
            self.limits = limits
            for hour in (0..<hours).reversed() {
                let end = `Retention rules`.start - hour * `Retention rules`.hour, number = UInt64(hours - hour)
                stock.blocks.append(
                    BlockSummary(
                        number: number, minTime: end - `Retention rules`.hour + 1, maxTime: end, byteCount: 1,
                        seriesCount: UInt64(counts.reduce(0, +)), sampleCount: 1))
                stock.seriesCounts[number] = counts
            }
            stock.newest = wall
        }

        mutating func pass(_ time: Int64) {
            wall += time
            monotonic += time
            stock.newest = max(stock.newest, wall)
        }

        /// One round: what may go goes at once.
        mutating func round() {
            let policy = RetentionPolicy(limits)
            let decision = clock.observe(.init(wall: wall, monotonic: monotonic), policy, stock)
            horizons = decision.horizons
            removed += decision.removals
            stock.blocks.removeAll { decision.removals.contains($0.number) }
            stock.allowedRewrites.formUnion(decision.rewrites)
            for number in decision.rewrites where !failing.contains(number) {
                rewritten.append(number)
                stock.allowedRewrites.remove(number)
                let block = stock.blocks.first { $0.number == number }!
                for index in horizons.indices where block.maxTime < horizons[index] {
                    stock.seriesCounts[number]![index] = 0
                }
            }
            if !decision.removals.isEmpty || !decision.rewrites.isEmpty {
                clock.didRemove(at: .init(wall: wall, monotonic: monotonic))
            }
        }
    }

    @Test func `each class has its horizon; blocks lose one class after the other, then go`() throws {
        var world = World(RetentionLimits(age: .seconds(48 * 3600), rules: try Self.rules(24, 72)), hours: 1)
        world.round()
        #expect(world.horizons == [24, 72, 48].map { Self.start - $0 * Self.hour })
        for _ in 0..<24 {
            world.pass(Self.hour)
            world.round()
        }
        #expect(world.rewritten.isEmpty)
        world.pass(1)
        world.round()
        #expect(world.rewritten == [1] && world.stock.seriesCounts[1] == [0, 30, 30])
        for _ in 0..<24 {
            world.pass(Self.hour)
            world.round()
        }
        #expect(world.rewritten == [1, 1] && world.stock.seriesCounts[1] == [0, 30, 0] && world.removed.isEmpty)
        for _ in 0..<24 {
            world.pass(Self.hour)
            world.round()
        }
        #expect(world.removed == [1] && world.rewritten == [1, 1] && world.clock.phase == .steady)
    }

    @Test func `a block is not written again for a few series`() throws {
        var world = World(RetentionLimits(rules: try Self.rules(24)), hours: 1, counts: [9, 91])
        world.stock.seriesCounts[1] = [9, 91]
        for _ in 0..<30 {
            world.pass(Self.hour)
            world.round()
        }
        #expect(world.rewritten.isEmpty && world.removed.isEmpty && world.clock.phase == .steady)
        world.stock.seriesCounts[1] = [10, 90]
        world.round()
        #expect(world.rewritten == [1])
    }

    @Test func `what nothing is known of is kept for the longest time`() throws {
        var world = World(RetentionLimits(age: .seconds(48 * 3600), rules: try Self.rules(24, 72)), hours: 1)
        world.stock.seriesCounts = [:]
        for _ in 0..<72 {
            world.pass(Self.hour)
            world.round()
        }
        #expect(world.removed.isEmpty && world.rewritten.isEmpty)
        world.pass(1)
        world.round()
        #expect(world.removed == [1])
    }

    @Test(arguments: [false, true])
    func `a block that cannot be written again does not keep others waiting`(isUnreadable: Bool) throws {
        var world = World(RetentionLimits(age: .seconds(200 * 3600), rules: try Self.rules(150, 150)), hours: 5)
        world.round()
        world.limits.rules = try Self.rules(1, 150)
        world.failing = [1]
        if isUnreadable { world.stock.unreadable = [1] }
        for _ in 0..<20 {
            world.round()
            world.pass(Self.hour)
        }
        #expect(world.rewritten == [2, 3, 4, 5])
        // One that cannot be read is not waited for any longer.
        #expect(world.clock.phase == (isUnreadable ? .steady : .catchingUp))
    }

    @Test(arguments: 0..<4) func `other rules remove slowly what they make too old`(change: Int) throws {
        var world = World(RetentionLimits(age: .seconds(200 * 3600), rules: try Self.rules(150, 150)), hours: 100)
        world.round()
        #expect(world.clock.phase == .steady)
        switch change {
        case 0: world.limits.rules = try Self.rules(50, 150)
        case 1: world.limits.rules = .none
        case 2:
            world.limits.rules = try RetentionRules([Self.rule("x", "x", hours: 10), Self.rule("y", "y", hours: 150)])
        default: world.limits = RetentionLimits(age: .seconds(200 * 3600), rules: try Self.rules(10))
        }
        if change == 1 {
            world.limits.age = .seconds(50 * 3600)
            for number in world.stock.seriesCounts.keys { world.stock.seriesCounts[number] = [100] }
        }
        world.round()
        world.pass(Self.hour - 1)
        world.round()
        #expect(world.clock.phase == .catchingUp && world.removed.isEmpty && world.rewritten.isEmpty)
        // Back within the hour, and nothing is lost.
        var back = world
        back.limits = RetentionLimits(age: .seconds(200 * 3600), rules: try Self.rules(150, 150))
        back.round()
        #expect(back.clock.phase == .steady && back.removed.isEmpty && back.rewritten.isEmpty)
        world.pass(1)
        world.round()
        #expect(world.removed.count + world.rewritten.count == 10)
        world.round()
        #expect(world.removed.count + world.rewritten.count == 10)
        for _ in 0..<20 {
            world.pass(Self.hour)
            world.round()
            world.pass(1000)
            world.round()
        }
        #expect(world.clock.phase == .steady)
    }

    @Test func `rules that keep for a short time do not keep catching up for ever`() throws {
        var world = World(RetentionLimits(), hours: 10)
        world.round()
        world.limits.rules = try Self.rules(1)
        for number in world.stock.seriesCounts.keys { world.stock.seriesCounts[number] = [50, 50] }
        for hour in 0..<30 {
            world.pass(Self.hour)
            let number = UInt64(1000 + hour)
            world.stock.blocks.append(
                BlockSummary(number: number, minTime: world.wall - Self.hour, maxTime: world.wall, byteCount: 1))
            world.stock.seriesCounts[number] = [50, 50]
            world.stock.earliestInMemory = world.wall - Self.hour * 3 / 2
            world.round()
        }
        #expect(world.clock.phase == .steady && world.rewritten.count == 38)
    }

    @Test func `a restart knows the rules of the last run`() throws {
        let limits = RetentionLimits(age: .seconds(48 * 3600), rules: try Self.rules(24, 72))
        var world = World(limits, hours: 1)
        world.round()
        world.pass(24 * Self.hour)
        world.round()
        var same = world
        same.clock = RetentionClock(settledLimit: world.clock.settledLimit, settledPolicy: world.clock.settledPolicy)
        same.pass(Self.hour / 2)
        same.round()
        #expect(same.clock.phase == .steady && same.rewritten == [1])
        var other = world
        other.clock = RetentionClock(settledLimit: world.clock.settledLimit, settledPolicy: 77)
        other.pass(Self.hour / 2)
        other.round()
        #expect(other.clock.phase == .catchingUp && other.rewritten.isEmpty)
        other.clock.confirm(.init(wall: other.wall, monotonic: other.monotonic), RetentionPolicy(limits))
        other.round()
        #expect(other.clock.phase == .steady && other.rewritten == [1])
    }
}
