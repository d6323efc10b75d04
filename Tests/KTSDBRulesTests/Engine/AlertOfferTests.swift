import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBRules

/// Has room for some alerts, until a test makes more.
private final class NarrowSink: AlertSink {
    struct State {
        var room: Int
        var taken: [DueAlert] = []
        var offers = 0
    }

    let state: Mutex<State>

    init(room: Int) { state = Mutex(State(room: room)) }

    var room: Int { state.withLock { $0.room } }
    var taken: [DueAlert] { state.withLock { $0.taken } }

    func offer(_ alerts: [DueAlert]) -> Int {
        state.withLock { state in
            let count = min(state.room, alerts.count)
            state.taken += alerts.prefix(count)
            state.room -= count
            state.offers += 1
            return count
        }
    }

    func makeRoom(_ count: Int) { state.withLock { $0.room = count } }
}

@Suite struct `Alerts that nobody had room for` {
    let rule = Rule.alerting(AlertingRule(name: "A", expression: "m == 1"))

    /// An engine over this many series that all make an alert, up to its first evaluation.
    private func fixture(
        _ count: Int, interval: Duration = .seconds(60), sink: NarrowSink
    ) async throws -> EngineFixture {
        let fixture = EngineFixture(sink: sink)
        try await fixture.engine.load([EngineFixture.group(interval: interval, rule)])
        await advance(fixture, to: await fixture.engine.nextDue + .milliseconds(-1))
        try fixture.database.append { batch in
            for index in 0..<count {
                batch.append(1, at: fixture.clock.now, to: ["__name__": "m", "i": "\(index)"])
            }
        }
        await advance(fixture, to: await fixture.engine.nextDue)
        return fixture
    }

    private func advance(_ fixture: EngineFixture, to time: PreciseTime) async {
        let wanted = (time + .nanoseconds(999_999)).timestamp
        fixture.clock.advance(by: .milliseconds(max(0, wanted.milliseconds - fixture.clock.now.milliseconds)))
        await fixture.engine.evaluateDue()
    }

    @Test func `are offered again every fifth of a second, long before the next evaluation`() async throws {
        let sink = NarrowSink(room: 1000), start: Int64
        let fixture = try await fixture(10_000, sink: sink)
        start = fixture.clock.now.milliseconds
        #expect(sink.taken.count == 1000)
        for _ in 0..<9 {
            sink.makeRoom(1000)
            await advance(fixture, to: await fixture.engine.nextDue)
        }
        #expect(fixture.clock.now.milliseconds - start < 2000)
        let taken = sink.taken
        #expect(taken.count == 10_000 && Set(taken.map(\.labels)).count == 10_000)
        // Whenever they were taken, they are those of the evaluation.
        #expect(Set(taken.map(\.startsAt)).count == 1 && Set(taken.map(\.endsAt)).count == 1)
        // What was taken is not due at the next evaluation; it is after a resend delay.
        #expect(await fixture.engine.nextDue > PreciseTime(fixture.clock.now) + .seconds(50))
        sink.makeRoom(.max)
        await advance(fixture, to: await fixture.engine.nextDue)
        #expect(sink.taken.count == 10_000)
    }

    @Test func `are not even prepared without room`() async throws {
        let sink = NarrowSink(room: 0)
        let fixture = try await fixture(10, sink: sink)
        for _ in 0..<10 { await advance(fixture, to: await fixture.engine.nextDue) }
        #expect(sink.state.withLock { $0.offers } == 0)
        sink.makeRoom(10)
        await advance(fixture, to: await fixture.engine.nextDue)
        #expect(sink.taken.count == 10)
    }

    @Test func `are found anew by the next evaluation, those first that were never sent`() async throws {
        let sink = NarrowSink(room: 3)
        let fixture = try await fixture(10, interval: .seconds(5), sink: sink)
        let first = Set(sink.taken.map(\.labels))
        try await fixture.pass(6, value: nil)
        sink.makeRoom(7)
        try await fixture.pass(5, value: nil)
        #expect(sink.taken.count == 10 && first.isDisjoint(with: sink.taken.dropFirst(3).map(\.labels)))
    }

    @Test func `that were taken between evaluations stay sent after a restart`() async throws {
        let sink = NarrowSink(room: 300)
        var fixture = try await fixture(400, interval: .seconds(5), sink: sink)
        sink.makeRoom(.max)
        await advance(fixture, to: await fixture.engine.nextDue)
        #expect(sink.taken.count == 400)
        try await fixture.pass(6, value: nil)
        await fixture.engine.stop()
        let again = NarrowSink(room: .max)
        fixture = EngineFixture(fixture.clock, database: fixture.database, sink: again)
        try await fixture.engine.load([EngineFixture.group(interval: .seconds(5), rule)])
        try await fixture.pass(20, value: nil)
        #expect(again.taken.isEmpty)
    }

    @Test func `are not offered any more when the group is gone`() async throws {
        let sink = NarrowSink(room: 1)
        let fixture = try await fixture(10, sink: sink)
        try await fixture.engine.load([])
        sink.makeRoom(10)
        fixture.clock.advance(by: .seconds(1))
        await fixture.engine.evaluateDue()
        #expect(sink.taken.count == 1)
    }

    @Test(arguments: [15, 60]) func `ten times as many as there is room for are all taken within seconds`(
        interval: Int
    ) async throws {
        let sink = NarrowSink(room: 2000)
        let fixture = try await fixture(20_000, interval: .seconds(interval), sink: sink)
        let start = fixture.clock.now.milliseconds
        while sink.taken.count < 20_000, fixture.clock.now.milliseconds - start < 120_000 {
            sink.makeRoom(2000)
            await advance(fixture, to: await fixture.engine.nextDue)
        }
        #expect(sink.taken.count == 20_000 && Set(sink.taken.map(\.labels)).count == 20_000)
        #expect(fixture.clock.now.milliseconds - start <= 5_000)
    }
}
