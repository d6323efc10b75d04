import KTSDBModel
import Testing

@testable import KerpLoadModel

@Suite struct `Phases of the load program` {
    private func phases(_ schedule: PhaseSchedule, at seconds: [Int]) -> [Phase] {
        seconds.map { schedule.phase(at: Fixture.start + .seconds($0)) }
    }

    @Test func `follow each other, and it stays recovered`() {
        let schedule = Fixture.schedule()
        #expect(
            phases(schedule, at: [-100, 0, 59, 60, 119, 120, 1000])
                == [.good, .good, .good, .bad, .bad, .recovered, .recovered])
        #expect(schedule.remaining(at: Fixture.start + .seconds(70)) == .seconds(50))
        #expect(schedule.remaining(at: Fixture.start + .seconds(500)) == nil)
        #expect(!schedule.isOver(at: Fixture.start + .seconds(179)))
        #expect(schedule.isOver(at: Fixture.start + .seconds(180)))
    }

    @Test func `begin again when they repeat`() {
        let schedule = Fixture.schedule(repeats: true)
        #expect(phases(schedule, at: [180, 241, 301, 1800]) == [.good, .bad, .recovered, .good])
        #expect(schedule.remaining(at: Fixture.start + .seconds(350)) == .seconds(10))
        #expect(!schedule.isOver(at: Fixture.start + .seconds(10_000)))
    }

    @Test func `give way to the one that is chosen`() {
        var schedule = Fixture.schedule()
        schedule.chosen = .bad
        #expect(phases(schedule, at: [-1, 0, 130]) == [.bad, .bad, .bad])
        #expect(schedule.remaining(at: Fixture.start) == nil)
    }
}
