import KTSDBScrape
import Logging
import Synchronization
import Testing

@Suite struct `Targets that wait` {
    private final class Count: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    @Test func `have nothing but an alarm until they are scraped, and leave nothing when they go`() async throws {
        let clock = ManualClock(), made = Count(), log = RecordingIngest.Log()
        let manager = ScrapeManager(
            clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { target, _ in
            made.add()
            return RecordingIngest(target, log: log)
        }
        let targets = (0..<1000).map { "'10.0.\($0 / 250).\($0 % 250):1'" }.joined(separator: ",")
        await manager.apply(
            try .parse("scrape_configs: [{job_name: j, static_configs: [{targets: [\(targets)]}]}]", path: "p"))
        await clock.sleepers(1000)
        #expect(manager.targets().active.count == 1000 && made.value == 0)
        #expect(manager.metadata().isEmpty)
        await manager.apply(try .parse("scrape_configs: [{job_name: j}]", path: "p"))
        #expect(manager.targets().active.isEmpty)
        // Nobody is left who would be woken.
        #expect(await clock.step(thenWaitingFor: 0) == 0)
        #expect(made.value == 0 && log.events.isEmpty)
        await manager.stop()
    }
}
