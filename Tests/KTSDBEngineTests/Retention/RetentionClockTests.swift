import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A retention clock` {
    static let hour: Int64 = 3_600_000, day: Int64 = 24 * 3_600_000
    static let start: Int64 = 1_700_000_000_000

    /// One block a day, and the decisions of a clock on them.
    struct World {
        var clock: RetentionClock
        var wall = start, monotonic: Int64 = 1_000
        var retention: Int64? = 15 * day
        var stock = RetentionClock.Stock()
        var removed: [UInt64] = []
        var horizon: Int64?

        init(days: Int64, settledLimit: Int64? = nil) {
            clock = RetentionClock(settledLimit: settledLimit)
            for day in 0..<days {
                let end = `A retention clock`.start - day * `A retention clock`.day
                stock.blocks.append(
                    BlockSummary(
                        number: UInt64(1000 - day), lastSequence: 1, minTime: end - `A retention clock`.day + 1,
                        maxTime: end,
                        byteCount: 1, seriesCount: 1, sampleCount: 1, checksum: 0))
            }
            stock.newest = stock.blocks.map(\.maxTime).max() ?? .min
        }

        var reading: RetentionClock.Reading { .init(wall: wall, monotonic: monotonic) }

        mutating func pass(_ time: Int64) {
            wall += time
            monotonic += time
        }

        /// One round of maintenance; returns how many blocks went.
        @discardableResult
        mutating func round() -> Int {
            let decision = clock.observe(reading, RetentionPolicy(keep: retention), stock)
            horizon = decision.horizon
            removed += decision.removals
            stock.blocks.removeAll { decision.removals.contains($0.number) }
            if !decision.removals.isEmpty { clock.didRemove(at: reading) }
            return decision.removals.count
        }

        /// A new start, with what the last one left.
        mutating func restart() {
            clock = RetentionClock(settledLimit: clock.settledLimit, settledPolicy: clock.settledPolicy)
        }

        /// A scrape at what the clock says is now.
        mutating func scrape() { stock.newest = max(stock.newest, wall) }
    }

    @Test func `drops blocks as time goes by, each when its newest sample is too old`() {
        var world = World(days: 10)
        for hour in 1...(24 * 30) {
            world.pass(Self.hour)
            world.scrape()
            world.round()
            #expect(world.clock.phase == .steady && world.horizon == world.wall - 15 * Self.day)
            #expect(world.stock.blocks.allSatisfy { $0.maxTime >= world.wall - 15 * Self.day }, "hour \(hour)")
        }
        #expect(world.removed == (991...1000).map { UInt64($0) })
    }

    @Test func `pauses where the clocks part, shows all, and goes on when the clock is back`() {
        for jump in [40 * Self.day, 2 * Self.hour, -2 * Self.hour, -40 * Self.day] {
            var world = World(days: 14)
            world.round()
            world.wall += jump
            for _ in 0..<500 {
                world.pass(Self.hour / 60)
                world.scrape()
                #expect(world.round() == 0 && world.horizon == nil && world.clock.phase == .paused(by: jump))
            }
            world.wall -= jump
            #expect(world.round() == 0 && world.clock.phase == .steady)
            #expect(world.horizon == world.wall - 15 * Self.day || jump < 0)
        }
    }

    @Test func `minds no steps of less than an hour, nor many of them over days`() {
        var world = World(days: 15)
        for _ in 0..<20 {
            world.wall += Self.hour / 2
            world.scrape()
            world.round()
            #expect(world.clock.phase == .steady)
            world.pass(25 * Self.hour)
            world.scrape()
            world.round()
        }
        #expect(world.removed.count == 15)
    }

    @Test
    func `removes a tenth of the blocks each hour after a start with a clock far ahead, and the first an hour later`() {
        var world = World(days: 15)
        world.round()
        world.restart()
        world.wall += 40 * Self.day
        #expect(world.round() == 0 && world.removed.isEmpty)
        world.scrape()
        // An attack of six seconds, and nearly an hour.
        for _ in 0..<59 {
            world.pass(60_000)
            world.scrape()
            #expect(world.round() == 0 && world.clock.phase == .catchingUp)
            #expect(world.horizon == world.wall - 15 * Self.day)
        }
        for hour in 0..<15 {
            world.pass(Self.hour)
            world.scrape()
            #expect(world.round() == 1, "hour \(hour)")
            #expect(world.round() == 0)
        }
        world.round()
        #expect(world.clock.phase == .steady && world.removed == (986...1000).map { UInt64($0) })
    }

    @Test func `of many blocks a tenth goes each hour`() {
        var world = World(days: 100, settledLimit: Self.start - 365 * Self.day)
        world.pass(1)
        world.scrape()
        var counts: [Int] = []
        for _ in 0..<30 {
            counts.append(world.round())
            world.pass(Self.hour)
        }
        // 100, 90, 81 … until only those of the last 15 days are left.
        #expect(counts.prefix(5) == [0, 10, 9, 8, 7])
        #expect(world.stock.blocks.allSatisfy { $0.maxTime >= world.horizon! } && world.clock.phase == .steady)
    }

    @Test func `right after a wrong clock nothing is lost, whatever is tried how often`() {
        var world = World(days: 15)
        world.round()
        for _ in 0..<20 {
            world.restart()
            world.wall += 40 * Self.day
            for _ in 0..<6 {
                world.scrape()
                world.round()
                world.pass(1000)
            }
            world.restart()
            world.wall -= 40 * Self.day
            for _ in 0..<6 {
                world.round()
                world.pass(1000)
            }
        }
        #expect(world.removed.isEmpty && world.horizon == world.wall - 1000 - 15 * Self.day)
    }

    @Test func `a clock without its battery starts in the past and jumps to the right time`() {
        var world = World(days: 14)
        world.round()
        world.restart()
        let right = world.wall
        world.wall = 0
        #expect(world.round() == 0 && world.horizon == -15 * Self.day)
        world.pass(60_000)
        world.wall = right + 3 * Self.day
        world.scrape()
        #expect(world.round() == 0 && world.clock.phase == .catchingUp)
        world.pass(Self.hour)
        #expect(world.round() == 1)
        // From then on it is watched as ever.
        world.wall += 2 * Self.hour
        #expect(world.round() == 0 && world.clock.phase == .paused(by: 2 * Self.hour))
    }

    @Test func `a second change of the time has an hour of its own`() {
        var world = World(days: 40)
        world.round()
        world.retention = 30 * Self.day
        world.pass(1000)
        world.clock = RetentionClock(settledLimit: world.wall - 40 * Self.day)
        world.round()
        world.pass(Self.hour - 1000)
        world.retention = 3 * Self.day
        #expect(world.round() == 0)
        world.pass(1000)
        #expect(world.round() == 0)
        world.pass(Self.hour - 1000)
        #expect(world.round() == 4)
    }

    @Test func `the newest block stays until there is a newer sample`() {
        var world = World(days: 3)
        world.pass(400 * Self.day)
        world.round()
        #expect(world.removed.isEmpty)
        world.clock.confirm(world.reading, RetentionPolicy(keep: 0))
        world.retention = 0
        #expect(world.round() == 2)
        world.scrape()
        world.pass(1)
        #expect(world.round() == 1)
    }

    @Test func `a shorter retention hides at once and removes slowly`() {
        var world = World(days: 15)
        world.round()
        world.retention = 5 * Self.day
        #expect(world.round() == 0 && world.horizon == world.wall - 5 * Self.day)
        world.pass(Self.hour)
        #expect(world.round() == 1)
        #expect(world.round() == 0)
        // A mistake that is taken back: what is still there is shown.
        world.retention = 15 * Self.day
        #expect(world.round() == 0 && world.clock.phase == .steady)
        #expect(world.horizon == world.stock.newest - 15 * Self.day && world.removed.count == 1)
    }

    @Test func `someone says that the clock is right`() {
        var world = World(days: 15)
        world.round()
        world.wall += 40 * Self.day
        world.scrape()
        #expect(world.round() == 0 && world.horizon == nil)
        world.clock.confirm(world.reading, RetentionPolicy(keep: world.retention))
        #expect(world.round() == 15 && world.clock.phase == .steady && world.horizon == world.wall - 15 * Self.day)

        var started = World(days: 15)
        started.wall += 40 * Self.day
        started.round()
        started.clock.confirm(started.reading, RetentionPolicy(keep: started.retention))
        // Confirmed before the first sample has come.
        #expect(started.round() == 0)
        started.pass(1000)
        started.scrape()
        #expect(started.round() == 15)
    }

    @Test func `samples in memory that are too old keep it from being in step`() {
        var world = World(days: 0)
        world.stock.earliestInMemory = Self.start - Self.day
        world.stock.newest = Self.start
        world.round()
        world.restart()
        world.wall += 40 * Self.day
        world.scrape()
        world.round()
        // They are sealed.
        world.stock.blocks = World(days: 1).stock.blocks
        world.stock.earliestInMemory = .max
        #expect(world.round() == 0 && world.clock.phase == .catchingUp)
    }

    @Test func `without retention, or without samples, nothing is too old`() {
        var world = World(days: 15)
        world.retention = nil
        world.wall += 400 * Self.day
        #expect(world.round() == 0 && world.horizon == nil)
        var empty = World(days: 0)
        #expect(empty.round() == 0 && empty.horizon == nil)
        var extreme = World(days: 3)
        for retention in [Int64.max, 0] {
            for wall in [Int64.min, .max, 0] {
                extreme.retention = retention
                extreme.wall = wall
                _ = extreme.round()
            }
        }
    }

    /// Whatever the clock does within a run, and however often the process starts with whatever clock: where the age
    /// limit leapt, no more than one block, or a tenth, goes in any hour; and nothing goes early but so, or by a clock
    /// that had no older blocks left.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `never acts on one jump`(seed: UInt64) {
        var random = SeededGenerator(seed: seed), world = World(days: 30, settledLimit: Self.start - 30 * Self.day)
        world.retention = 30 * Self.day
        // The right time goes by on its own.
        var right = world.wall, lastSlow: Int64?
        for _ in 0..<3000 {
            let step = Int64(random.below(20)) * 60_000
            right += step
            world.pass(step)
            if random.oneIn(100) {
                world.wall = right + [0, 0, Self.day, 40 * Self.day, -40 * Self.day][random.below(5)]
            }
            if random.oneIn(300) { world.restart() }
            world.scrape()
            let before = world.stock.blocks
            let count = world.round()
            let kept = Set(world.stock.blocks.map(\.number))
            let early = before.filter { !kept.contains($0.number) && $0.maxTime >= right - 30 * Self.day - Self.hour }
            #expect(early.count <= max(1, before.count / 10))
            guard count > 0, world.clock.phase == .catchingUp else { continue }
            #expect(count <= max(1, before.count / 10))
            if let lastSlow { #expect(world.monotonic - lastSlow >= Self.hour) }
            lastSlow = world.monotonic
        }
    }
}
