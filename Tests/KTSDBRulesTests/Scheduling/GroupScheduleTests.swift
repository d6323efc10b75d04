import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Schedules of groups` {
    @Test(arguments: [
        ("rules/states.yml", "states", 2, 1_688_035_106), ("rules/states.yml", "templated", 3, 477_736_367),
        ("rules/states.yml", "limited", 2, 1_654_591_617), ("rules/states.yml", "recorded", 2, 625_567_613),
        ("alerts/api-alerts.yml", "api-alerts", 15, 12_928_031_853),
        ("alerts/api-alerts.yml", "database-alerts", 15, 10_159_603_685),
        ("alerts/api-alerts.yml", "cache-alerts", 15, 10_085_570_330),
        ("alerts/api-alerts.yml", "external-api-alerts", 15, 14_732_937_860),
        ("alerts/api-alerts.yml", "business-alerts", 15, 10_318_090_079),
    ])
    func `Offsets are those of Prometheus 2.42`(file: String, name: String, seconds: Int, offset: Int64) {
        let key = GroupKey(file: file, name: name)
        #expect(key.offset(in: .seconds(seconds)).nanoseconds == offset)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `Slots are an interval apart and before the time asked`(seed: UInt64)
    {
        var random = SeededGenerator(seed: seed)
        let interval = Duration.nanoseconds(Int64.random(in: 1_000_000...100_000_000_000, using: &random))
        let schedule = GroupSchedule(GroupKey(file: "f", name: "\(seed)"), interval: interval)
        for _ in 0..<100 {
            let time = PreciseTime(
                nanoseconds: Int64.random(in: -1_000_000_000_000...2_000_000_000_000_000_000, using: &random))
            let slot = schedule.slot(at: time)
            #expect(slot <= time && time - slot < interval && schedule.slot(at: slot) == slot)
            #expect(floorRemainder((slot - schedule.offset).nanoseconds, by: interval.nanoseconds) == 0)
            #expect(schedule.first(after: time) == slot + interval)
        }
    }

    @Test func `A slow group goes on with the latest slot and counts what it missed`() {
        let schedule = GroupSchedule(GroupKey(file: "f", name: "g"), interval: .seconds(15))
        let last = schedule.slot(at: PreciseTime(nanoseconds: 1_700_000_000_000_000_000))
        func next(_ seconds: Double) -> (Double, Int) {
            let next = schedule.next(after: last, at: last + .seconds(seconds))
            return (Double((next.time - last).nanoseconds) / 1e9, next.missed)
        }
        #expect(next(1) == (15, 0) && next(15) == (15, 0) && next(29.9) == (15, 0))
        #expect(next(30) == (30, 1) && next(37.5) == (30, 1) && next(61) == (60, 3))
        #expect(schedule.next(after: last, at: PreciseTime(nanoseconds: .max)).missed > 0)
    }

    @Test func `A clock that was set is noticed, one that is corrected is not`() {
        var jumps = ClockJump(wall: PreciseTime(nanoseconds: 0), elapsed: .zero)
        func observe(_ wall: Int, _ elapsed: Int) -> Duration? {
            jumps.observe(wall: PreciseTime(.init(milliseconds: Int64(wall) * 1000)), elapsed: .seconds(elapsed))
        }
        #expect(observe(10, 10) == nil && observe(22, 20) == nil)
        #expect(observe(3632, 30) == .seconds(3600))
        #expect(observe(32, 30) == .seconds(-3600))
        #expect(observe(42, 40) == nil)
    }
}
