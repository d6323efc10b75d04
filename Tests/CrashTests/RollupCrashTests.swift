import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

/// Appends, late samples, deletions and retention, with everything rolled up, on a disk that loses power, or fails, at
/// every call.
struct RollupWorkload: FaultWorkload {
    static let hour: Int64 = 3_600_000
    /// The beginning of a day.
    static let start: Int64 = 1_700_000_000_000 / (24 * hour) * 24 * hour

    /// For each series and hour, the counts of samples that are possible: one, unless an operation was under way.
    var counts: [String: [Int64: Set<Int>]] = [:]
    let clock = TestClock()
    var rounds = 0, removed = 0

    init() { clock.now = Self.start }

    static func configure(_ configuration: inout Database.Configuration) throws {
        configuration.retention = .milliseconds(5 * hour)
        let matchers: [[LabelMatcher]] = [[.name("m")]]
        configuration.rollupRules = try RollupRules([
            RollupRule("short", matching: matchers, interval: .seconds(600), aggregates: [.count, .max]),
            RollupRule("long", matching: matchers, interval: .seconds(3600), aggregates: [.count]),
        ])
        configuration.rollupSeriesLimit = 1
    }

    /// Changes what is known of a count: `change` was made if nothing was thrown, and maybe if something was.
    private mutating func change(_ series: String, _ hour: Int64, _ change: (Int) -> Int, isCertain: Bool) {
        let before = counts[series]?[hour] ?? [0], after = Set(before.map(change))
        counts[series, default: [:]][hour] = isCertain ? after : before.union(after)
    }

    private mutating func append(_ hour: Int64, minute: Int64, to database: Database) {
        let time = Timestamp(milliseconds: Self.start + hour * Self.hour + minute * 60_000)
        var isCertain = true
        do {
            try database.append { batch in
                for series in ["a", "d"] { batch.append(Double(minute), at: time, to: Self.labels(series)) }
            }
        } catch { isCertain = false }
        for series in ["a", "d"] { change(series, hour, { $0 + 1 }, isCertain: isCertain) }
    }

    private mutating func delete(_ hour: Int64, in database: Database) -> Deletion? {
        let first = Self.start + hour * Self.hour + 1
        var deletion: Deletion?, isCertain = true
        do {
            deletion = try database.delete(
                matching: .name("m"), .equal("i", "d"),
                in: Timestamp(milliseconds: first)...Timestamp(milliseconds: first + Self.hour - 1))
        } catch { isCertain = false }
        change("d", hour, { _ in 0 }, isCertain: isCertain)
        return deletion
    }

    private mutating func undelete(_ deletion: Deletion, _ hour: Int64, _ count: Set<Int>, in database: Database) {
        do {
            try database.undelete(deletion.id)
            counts["d"]![hour] = count
        } catch { counts["d"]![hour]!.formUnion(count) }
    }

    static func labels(_ series: String) -> Labels { ["__name__": "m", "i": series] }

    mutating func run(on disk: SimulatedFileSystem) throws {
        var database: Database?, deletion: Deletion?, before: Set<Int> = []
        for hour in 0..<14 as Range<Int64> {
            clock.now = Self.start + (hour + 1) * Self.hour
            if database == nil { database = try? Self.open(disk, clock) }
            guard let open = database else {
                if disk.hasCrashed { return }
                continue
            }
            for minute in stride(from: 10, through: 60, by: 10) as StrideThrough<Int64> {
                append(hour, minute: minute, to: open)
            }
            if hour > 0 { append(hour - 1, minute: 15, to: open) }
            _ = try? open.seal()
            _ = try? open.rollUp()
            if hour == 3 {
                before = counts["d"]?[2] ?? []
                deletion = delete(2, in: open)
                _ = try? open.rollUp()
            }
            if hour == 5, let deletion { undelete(deletion, 2, before, in: open) }
            if hour == 6 { _ = delete(5, in: open) }
            open.maintain()
            if hour % 5 == 4 {
                rounds += open.statistics.rollups.rounds
                removed += open.statistics.retention.removedBlocks
                try? open.close()
                database = nil
            }
            if disk.hasCrashed { return }
        }
    }

    /// Checks that every hour is answered by what was stored, be it by points or by samples; and that points answer as
    /// samples do.
    func check(_ database: Database, _ comment: Comment) async throws {
        let view = database.readView()
        for (series, hours) in counts {
            for (hour, possible) in hours {
                let at = Timestamp(milliseconds: Self.start + (hour + 1) * Self.hour)
                let text = "count_over_time(m{i=\"\(series)\"}[1h])"
                let result = try await PromQLEngine().query(text, at: at, in: view).value
                guard case .vector(let elements) = result else { continue }
                let count = Int(elements.first?.value ?? 0)
                var overrides = QueryOverrides()
                overrides.rollups = .off
                let raw = try await PromQLEngine().query(text, at: at, in: view, overrides: overrides).value
                #expect(
                    possible.contains(count),
                    "\(comment): \(series), hour \(hour): \(count), not \(possible); samples say \(raw)")
            }
        }
        #expect(database.recovery.damagedBlocks.isEmpty, comment)
    }
}

@Suite struct `Rollups on a failing disk` {
    static func calls() async throws -> Int {
        let disk = SimulatedFileSystem()
        var workload = RollupWorkload()
        try workload.run(on: disk)
        #expect(workload.rounds > 10 && workload.removed > 0)
        try await workload.check(RollupWorkload.open(disk, workload.clock), "without failures")
        return disk.callCount
    }

    @Test(arguments: 0..<4)
    func `say what was stored when the power goes at any call`(part: Int) async throws {
        let calls = try await Self.calls()
        #expect(calls > 400)
        for call in stride(from: part, to: calls, by: Effort.isFull ? 4 : 132) {
            let (workload, disk) = try RollupWorkload.run(.crash, atCall: call)
            let comment: Comment = "power cut at call \(call)"
            let image = disk.crashImage(seed: UInt64(call))
            let database = try RollupWorkload.open(image, workload.clock)
            try await workload.check(database, comment)
            // What the power cut interrupted is done by the next rounds.
            try database.seal()
            try database.rollUp()
            database.maintain()
            try await workload.check(database, comment)
            try database.close()
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync])
    func `say what was stored after a call that fails`(fault: DiskFault) async throws {
        let calls = try await Self.calls()
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 69) {
            let (workload, disk) = try RollupWorkload.run(fault, atCall: call)
            let comment: Comment = "\(fault) at call \(call)"
            let database = try RollupWorkload.open(disk.processEndImage(), workload.clock)
            // Where a block could not be opened, rounds have waited: what retention hides since is answered after one.
            try database.seal()
            try database.rollUp()
            try await workload.check(database, comment)
        }
    }
}
