import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `The schedule of a target` {
    static func ms(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test func `scrapes are at the offset in every interval`() {
        let schedule = ScrapeSchedule(interval: .seconds(10), spread: 23_456)
        #expect(schedule.offset == 3456)
        #expect(schedule.next(after: Self.ms(0)) == Self.ms(3456))
        #expect(schedule.next(after: Self.ms(3455)) == Self.ms(3456))
        #expect(schedule.next(after: Self.ms(3456)) == Self.ms(13_456))
        #expect(schedule.next(after: Self.ms(-1)) == Self.ms(3456))
        #expect(schedule.next(after: Self.ms(-7000)) == Self.ms(-6544))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the next scrape is always the first one after now`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let schedule = ScrapeSchedule(
                interval: .milliseconds(Int64.random(in: 1...100_000, using: &random)), spread: random.next())
            let now = Int64.random(in: -1_000_000...1_000_000, using: &random)
            let next = schedule.next(after: Self.ms(now)).milliseconds
            #expect(next > now && next <= now + schedule.interval)
            #expect(((next - schedule.offset) % schedule.interval) == 0)
        }
    }

    @Test func `a scrape is not repeated when the clock is a little slow, and begins anew when it was set back`() {
        let schedule = ScrapeSchedule(interval: .seconds(10), spread: 0)
        #expect(schedule.next(after: Self.ms(20_000), now: Self.ms(19_999)) == Self.ms(30_000))
        #expect(schedule.next(after: Self.ms(20_000), now: Self.ms(20_001)) == Self.ms(30_000))
        #expect(schedule.next(after: Self.ms(20_000), now: Self.ms(47_000)) == Self.ms(50_000))
        #expect(schedule.next(after: Self.ms(20_000_000), now: Self.ms(1000)) == Self.ms(10_000))
    }

    @Test func `timestamps are regular within two milliseconds or one percent`() {
        let schedule = ScrapeSchedule(interval: .seconds(10), spread: 0)
        #expect(schedule.aligned(Self.ms(20_002), due: Self.ms(20_000)) == Self.ms(20_000))
        #expect(schedule.aligned(Self.ms(20_003), due: Self.ms(20_000)) == Self.ms(20_003))
        #expect(schedule.aligned(Self.ms(19_999), due: Self.ms(20_000)) == Self.ms(20_000))
        let fast = ScrapeSchedule(interval: .milliseconds(100), spread: 0)
        #expect(fast.aligned(Self.ms(201), due: Self.ms(200)) == Self.ms(200))
        #expect(fast.aligned(Self.ms(202), due: Self.ms(200)) == Self.ms(202))
    }
}
