import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBRules

/// A database and an engine whose time a test moves.
struct EngineFixture {
    let clock: ManualClock
    let database: Database
    let engine: RuleEngine

    init(
        _ clock: ManualClock = ManualClock(), database: Database? = nil, options: RuleOptions = .init(),
        sink: (any AlertSink)? = nil
    ) {
        self.clock = clock
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.clock = .manual(clock)
        self.database = database ?? Database.inMemory(configuration)
        engine = RuleEngine(self.database, options: options, clock: RuleClock(.manual(clock)), sink: sink)
    }

    static func group(
        _ name: String = "g", interval: Duration = .seconds(15), _ rules: Rule...
    ) -> RuleGroup {
        RuleGroup(file: "f", name: name, interval: interval, rules: rules)
    }

    /// Lets time pass second by second; `m` has a value at each.
    func pass(_ seconds: Int, value: Double? = 1) async throws {
        for _ in 0..<seconds {
            clock.advance(by: .seconds(1))
            if let value {
                try database.append { $0.append(value, at: clock.now, to: ["__name__": "m"]) }
            }
            await engine.evaluateDue()
        }
    }

    func states() async -> [RuleState] { await engine.evaluators.flatMap(\.state.ruleStates) }

    func samples(_ text: String) throws -> [Sample] {
        let range = Timestamp.earliest...Timestamp.latest
        let name = LabelMatcher.name(text)
        var samples: [Sample] = []
        for series in try database.readView().series(matching: name, in: range) {
            samples += Array(try series.samples())
        }
        return samples.sorted { $0.timestamp < $1.timestamp }
    }
}

@Suite struct `Rule engine` {
    let alert = Rule.alerting(AlertingRule(name: "A", expression: "m == 1", for: .seconds(60)))
    let record = Rule.recording(RecordingRule(name: "m:double", expression: "m * 2"))

    @Test func `Groups are evaluated at their slots, and what they give is stored`() async throws {
        let fixture = EngineFixture()
        try await fixture.engine.load([EngineFixture.group("g", record)])
        try await fixture.pass(60)
        let times = try fixture.samples("m:double").map(\.timestamp.milliseconds)
        #expect(times.count == 4 && zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 15_000 })
    }

    @Test func `A restart changes nothing, not even a short for that has begun`() async throws {
        var fixture = EngineFixture()
        // Without a record the first two evaluations store nothing.
        try await fixture.engine.load([EngineFixture.group("g", alert)])
        try await fixture.pass(50)
        let before = await fixture.states()[0].activeAlerts
        #expect(before.count == 1 && before[0].state == .pending)
        await fixture.engine.stop()
        fixture = EngineFixture(fixture.clock, database: fixture.database)
        try await fixture.engine.load([EngineFixture.group("g", alert)])
        #expect(await fixture.states()[0].activeAlerts == before)
        try await fixture.pass(30)
        let after = await fixture.states()[0].activeAlerts
        #expect(after[0].state == .firing && after[0].activeAt == before[0].activeAt)
        let stored = try fixture.samples("ALERTS_FOR_STATE")
        #expect(stored.allSatisfy { $0.value == Double(before[0].activeAt.wholeSeconds) } && stored.count >= 3)
    }

    @Test func `Loading again keeps the state of a rule whose expression and for have changed`() async throws {
        let fixture = EngineFixture()
        try await fixture.engine.load([EngineFixture.group("g", record, alert)])
        try await fixture.pass(50)
        let activeAt = await fixture.states()[1].activeAlerts[0].activeAt
        let changed = Rule.alerting(AlertingRule(name: "A", expression: "m > 0", for: .seconds(30)))
        try await fixture.engine.load([EngineFixture.group("g", changed)])
        try await fixture.pass(15)
        let alert = try #require(await fixture.states()[0].activeAlerts.first)
        #expect(alert.activeAt == activeAt && alert.state == .firing)
        // The recording rule is gone: its series ends with the next evaluation, and its record is removed.
        #expect(try fixture.samples("m:double").last?.value.isStaleMarker == true)
        #expect(fixture.database.readView().records(in: DatabaseRuleStorage.space).count == 1)
    }

    @Test func `A group that is not changed goes on, and blanks in an expression change nothing`() async throws {
        let fixture = EngineFixture()
        try await fixture.engine.load([EngineFixture.group("g", alert)])
        let before = await fixture.engine.evaluators[0]
        let same = Rule.alerting(AlertingRule(name: "A", expression: "m   ==  1", for: .seconds(60)))
        try await fixture.engine.load([EngineFixture.group("g", same)])
        #expect(await fixture.engine.evaluators[0] === before)
    }

    @Test func `The series of a group that is removed end two intervals later, with the time of the removal`()
        async throws
    {
        let fixture = EngineFixture()
        try await fixture.engine.load([EngineFixture.group("g", record)])
        try await fixture.pass(40)
        let removal = fixture.clock.now
        try await fixture.engine.load([])
        try await fixture.pass(29)
        #expect(try fixture.samples("m:double").last?.value.isStaleMarker == false)
        try await fixture.pass(2)
        let last = try #require(try fixture.samples("m:double").last)
        #expect(last.value.isStaleMarker && last.timestamp == removal)
        #expect(fixture.database.readView().records(in: DatabaseRuleStorage.space).isEmpty)
    }

    @Test func `Rules that are gone after a restart end, too`() async throws {
        var fixture = EngineFixture()
        try await fixture.engine.load([EngineFixture.group("g", record)])
        try await fixture.pass(40)
        await fixture.engine.stop()
        fixture = EngineFixture(fixture.clock, database: fixture.database)
        try await fixture.engine.load([EngineFixture.group("other", alert)])
        try await fixture.pass(121)
        #expect(try fixture.samples("m:double").last?.value.isStaleMarker == true)
        let keys = fixture.database.readView().records(in: DatabaseRuleStorage.space).keys
        #expect(keys.allSatisfy { $0.hasPrefix("\"f\"\"other\"") } && keys.count == 1)
    }

    @Test func `A bad expression refuses all groups, and those before continue`() async throws {
        let fixture = EngineFixture()
        try await fixture.engine.load([EngineFixture.group("g", alert)])
        let bad = Rule.recording(RecordingRule(name: "r", expression: "sum("))
        await #expect(throws: RuleLoadError.self) {
            try await fixture.engine.load([EngineFixture.group("new", record), EngineFixture.group("bad", bad)])
        }
        await #expect(throws: RuleLoadError.repeatedGroup(GroupKey(file: "f", name: "g"))) {
            try await fixture.engine.load([EngineFixture.group("g", record), EngineFixture.group("g", alert)])
        }
        #expect(await fixture.engine.evaluators.map(\.group.name) == ["g"])
    }

    @Test(arguments: [3600, -3600]) func `A clock that jumps neither fires nor forgets an alert`(jump: Int) async throws
    {
        let fixture = EngineFixture()
        let waiting = Rule.alerting(AlertingRule(name: "B", expression: "vector(1)", for: .seconds(600)))
        let firing = Rule.alerting(AlertingRule(name: "A", expression: "vector(1)", for: .seconds(30)))
        try await fixture.engine.load([EngineFixture.group("g", firing, waiting)])
        try await fixture.pass(90, value: nil)
        #expect(await fixture.states().map(\.alertState) == [.firing, .pending])
        fixture.clock.now = fixture.clock.now + .seconds(jump)
        try await fixture.pass(60, value: nil)
        #expect(await fixture.states().map(\.alertState) == [.firing, .pending])
        #expect(await fixture.engine.evaluators[0].state.statistics.missed == 0)
        try await fixture.pass(480, value: nil)
        #expect(await fixture.states().map(\.alertState) == [.firing, .firing])
    }

    @Test func `Alerts come as a sequence, and what a sink leaves stays due`() async throws {
        final class Sink: AlertSink {
            let room = Mutex(1)
            func offer(_ alerts: [DueAlert]) -> Int { room.withLock { min($0, alerts.count) } }
        }
        let sink = Sink(), fixture = EngineFixture(sink: sink)
        let rules = (1...2).map { Rule.alerting(AlertingRule(name: "A\($0)", expression: "vector(\($0))")) }
        var iterator = fixture.engine.alerts.makeAsyncIterator()
        sink.room.withLock { $0 = 0 }
        try await fixture.engine.load([EngineFixture.group("g", rules[0], rules[1])])
        try await fixture.pass(15)
        sink.room.withLock { $0 = 1 }
        try await fixture.pass(15)
        let found = [await iterator.next(), await iterator.next()].compactMap { $0?.first }
        #expect(found.map(\.rule) == ["A1", "A2"] && found[0].endsAt - found[0].startsAt == .seconds(240))
        #expect(
            found[0].generatorURL(externalURL: "http://p") == "http://p/graph?g0.expr=vector%281%29&g0.tab=1")
        await fixture.engine.stop()
        #expect(await iterator.next() == nil)
    }

    @Test func `Rules that run together give what they give one after the other`() async throws {
        var options = RuleOptions()
        var results: [[[Sample]]] = []
        for width in [1, 4] {
            options.concurrentRules = width
            let fixture = EngineFixture(options: options)
            let rules = [
                ("a", "m + 1"), ("b", "a * 2"), ("c", "m + 3"), ("d", "c + b"), ("e", "f + 0"), ("f", "m * 7"),
            ].map { Rule.recording(RecordingRule(name: $0, expression: $1)) }
            try await fixture.engine.load([RuleGroup(file: "f", name: "g", interval: .seconds(15), rules: rules)])
            try await fixture.pass(100)
            results.append(try ["a", "b", "c", "d", "e", "f"].map(fixture.samples))
        }
        #expect(results[0] == results[1] && results[0][3].count == 6)
    }

    @Test func `A template reads what an earlier rule of the same evaluation has stored`() async throws {
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        let fixture = EngineFixture(options: options)
        let record = Rule.recording(RecordingRule(name: "a", expression: "m + 6"))
        let alert = AlertingRule(
            name: "A", expression: "vector(1)",
            annotations: ["n": #"{{ with query "a" }}{{ . | first | value }}{{ end }}"#])
        try await fixture.engine.load([EngineFixture.group("g", record, .alerting(alert))])
        while await fixture.states()[1].alerts.isEmpty { try await fixture.pass(1) }
        #expect(await fixture.states()[1].alerts.values.first?.annotations == ["n": "7"])
    }

    @Test(.timeLimit(.minutes(20))) func `After an evaluation no sleep is longer than until the group is due again`()
        async throws
    {
        let clock = ManualClock(), sleeps = AsyncStream<Duration>.makeStream()
        // Only a cancellation ends a sleep.
        let ruleClock = RuleClock(.manual(clock)) { duration in
            sleeps.continuation.yield(duration)
            _ = try? await Task.sleep(for: .seconds(1_000_000))
        }
        let engine = RuleEngine(Database.inMemory(), clock: ruleClock)
        let rule = Rule.recording(RecordingRule(name: "a", expression: "vector(1)"))
        try await engine.load([EngineFixture.group("g", interval: .milliseconds(100), rule)])
        clock.advance(by: .milliseconds(100))
        let task = Task { await engine.run() }
        for await sleep in sleeps.stream where await engine.evaluators[0].statistics.ruleEvaluations > 0 {
            if sleep <= .milliseconds(100) { break }
        }
        await engine.stop()
        await task.value
    }

    @Test(.timeLimit(.minutes(20))) func `With the machine's clock it runs until it is stopped`() async throws {
        let engine = RuleEngine(Database.inMemory())
        let rule = Rule.alerting(AlertingRule(name: "A", expression: "vector(1)"))
        var iterator = engine.alerts.makeAsyncIterator()
        try await engine.load([EngineFixture.group("g", interval: .milliseconds(50), rule)])
        let task = Task { await engine.run() }
        #expect(await iterator.next()?.first?.labels == ["alertname": "A"])
        await engine.stop()
        await task.value
        await #expect(throws: RuleLoadError.stopped) { try await engine.load([]) }
        #expect(await engine.evaluators[0].statistics.ruleEvaluations >= 1)
    }

    /// Storage that keeps nothing. It notes how many commits there were when each view was taken.
    private final class WatchedStorage: RuleStorage {
        let commits = Mutex(0), commitsBeforeViews = Mutex<[Int]>([])
        let onView: @Sendable (_ number: Int) -> Void

        init(onView: @escaping @Sendable (Int) -> Void = { _ in }) { self.onView = onView }

        func view() -> any SeriesSource {
            let before = commits.withLock { $0 }
            onView(
                commitsBeforeViews.withLock {
                    $0.append(before); return $0.count
                })
            return ReferenceDatabase()
        }

        func commit(_ commit: RuleCommit) throws(RuleError) -> RuleError? {
            commits.withLock { $0 += 1 }
            return nil
        }
    }

    private static let threeRules = EngineFixture.group(
        "g", .recording(RecordingRule(name: "a", expression: "vector(1)")),
        .recording(RecordingRule(name: "b", expression: "vector(2)")),
        .recording(RecordingRule(name: "c", expression: "vector(3)")))

    @Test func `Results are stored before a rule that was slow`() async throws {
        let storage = WatchedStorage()
        let evaluator = GroupEvaluator(
            try PreparedGroup(Self.threeRules, PromQLRuleLanguage()), storage: storage, options: .init())
        evaluator.content.withLock { $0.rules[2].duration = .seconds(1) }
        await evaluator.evaluate(at: PreciseTime(nanoseconds: 0))
        #expect(storage.commitsBeforeViews.withLock { $0.last } == 2 && storage.commits.withLock { $0 } == 3)
    }

    @Test func `Results that wait are stored when the evaluator is stopped`() async throws {
        let evaluator = Mutex<GroupEvaluator?>(nil)
        let storage = WatchedStorage { number in
            if number == 2 { evaluator.withLock { $0?.stop() } }
        }
        let made = GroupEvaluator(
            try PreparedGroup(Self.threeRules, PromQLRuleLanguage()), storage: storage, options: .init())
        evaluator.withLock { $0 = made }
        await made.evaluate(at: PreciseTime(nanoseconds: 0))
        #expect(storage.commits.withLock { $0 } == 2 && made.statistics.ruleEvaluations == 2)
    }

    @Test func `With a full disk alerts are sent and nothing is stored`() throws {
        final class Sink: AlertSink {
            let count = Mutex(0)
            func offer(_ alerts: [DueAlert]) -> Int {
                count.withLock { $0 += alerts.count }
                return alerts.count
            }
        }
        struct FullStorage: RuleStorage {
            func view() -> any SeriesSource { ReferenceDatabase() }
            func commit(_ commit: RuleCommit) throws(RuleError) -> RuleError? { throw .storage("no space") }
        }
        let group = EngineFixture.group("g", .alerting(AlertingRule(name: "A", expression: "vector(1)"))), sink = Sink()
        let evaluator = GroupEvaluator(
            try PreparedGroup(group, PromQLRuleLanguage()), storage: FullStorage(), options: .init())
        evaluator.evaluate(at: PreciseTime(nanoseconds: 0), sink: sink)
        evaluator.evaluate(at: PreciseTime(nanoseconds: 15_000_000_000), sink: sink)
        #expect(
            sink.count.withLock { $0 } == 1 && evaluator.state.ruleStates[0].health == .failed(.storage("no space")))
        #expect(evaluator.state.ruleStates[0].alertState == .firing && evaluator.state.ruleStates[0].written.isEmpty)
    }
}
