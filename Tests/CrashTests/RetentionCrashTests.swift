import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Appends while blocks are removed for their age, for their classes and for the limit of size, on a disk that loses
/// power, or fails, at every call.
struct RetentionWorkload: FaultWorkload {
    /// What was acknowledged, and the commit under way when the power went.
    var stored: [Labels: Set<Int64>] = [:]
    var inDoubt: [Labels: Set<Int64>] = [:]
    /// How many blocks went, for which reason.
    var removed = 0, rewritten = 0, tooMuch = 0
    let clock = TestClock()

    static let hour: Int64 = 3_600_000
    static let names = ["short", "long", "rest"]
    static let keeps: [Int64] = [4 * hour, 20 * hour, 10 * hour]

    static func limits() throws -> RetentionLimits {
        let rules = try (0..<2).map { index in
            try RetentionRule(
                names[index], matching: [[.equal("class", names[index])]], keep: .milliseconds(keeps[index]))
        }
        return RetentionLimits(
            age: .milliseconds(keeps[2]), byteLimit: 30_000, rules: try RetentionRules(rules))
    }

    static func configure(_ configuration: inout Database.Configuration) throws {
        configuration.retentionLimits = try limits()
    }

    static func labels(_ name: String) -> Labels { ["__name__": "m", "class": name] }

    static func times(_ database: Database) throws -> [Labels: Set<Int64>] {
        var found: [Labels: Set<Int64>] = [:]
        let everything = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
        for series in try database.readView().series(in: everything) {
            found[series.labels] = Set(try series.samples().map(\.timestamp.milliseconds))
        }
        return found.filter { !$0.value.isEmpty }
    }

    private mutating func append(to database: Database) {
        let new = Dictionary(uniqueKeysWithValues: Self.names.map { (Self.labels($0), Set([clock.now])) })
        let now = clock.now
        do {
            try database.append { batch in
                for (labels, _) in new {
                    batch.append(Double(now % 1000), at: Timestamp(milliseconds: now), to: labels)
                }
            }
            for (labels, times) in new { stored[labels, default: []].formUnion(times) }
        } catch {
            for (labels, times) in new { inDoubt[labels, default: []].formUnion(times) }
        }
    }

    mutating func run(on disk: SimulatedFileSystem) throws { try run(on: disk, steps: 30) }

    mutating func run(on disk: SimulatedFileSystem, steps: Int) throws {
        var database: Database?
        for step in 0..<steps {
            clock.now += Self.hour
            if database == nil { database = try? Self.open(disk, clock) }
            guard let open = database else {
                if disk.hasCrashed { return }
                continue
            }
            append(to: open)
            try? open.seal()
            open.maintain()
            let retention = open.statistics.retention
            if step % 12 == 11 || disk.hasCrashed {
                removed += retention.removedBlocks
                rewritten += retention.rewrittenBlocks
                tooMuch += retention.size.removedBlocks
            }
            if step % 12 == 11 {
                try? open.close()
                database = nil
            }
            if disk.hasCrashed { return }
        }
    }

    /// Checks that a database shows what it must: nothing that is too old, and nothing missing that is not, except for
    /// the oldest that size may have taken.
    func check(_ database: Database, _ comment: Comment) throws {
        let found = try Self.times(database)
        guard let newest = found.values.compactMap({ $0.max() }).max() else {
            // The newest sample is never too old, so nothing may have been stored.
            #expect(stored.values.allSatisfy { $0.isEmpty }, comment)
            return
        }
        // Where size took a block, everything before some time is gone.
        let start = found.values.compactMap { $0.min() }.min() ?? .max
        for (index, name) in Self.names.enumerated() {
            let labels = Self.labels(name), times = found[labels] ?? []
            let horizon = min(clock.now, newest) - Self.keeps[index]
            #expect(times.allSatisfy { $0 >= horizon }, comment)
            #expect(times.isSubset(of: (stored[labels] ?? []).union(inDoubt[labels] ?? [])), comment)
            let wanted = (stored[labels] ?? []).filter { $0 >= max(horizon, start) }
            #expect(wanted.isSubset(of: times), comment)
        }
        #expect(database.recovery.damagedBlocks.isEmpty, comment)
    }
}

@Suite struct `Retention on a failing disk` {
    static func calls() throws -> Int {
        let disk = SimulatedFileSystem()
        var workload = RetentionWorkload()
        try workload.run(on: disk)
        #expect(workload.removed > 0 && workload.rewritten > 0)
        return disk.callCount
    }

    @Test(arguments: 0..<4)
    func `keeps what is not too old when the power goes at any call`(part: Int) throws {
        let calls = try Self.calls()
        #expect(calls > 400)
        for call in stride(from: part, to: calls, by: Effort.isFull ? 4 : 28) {
            let cut = try RetentionWorkload.run(.crash, atCall: call), disk = cut.disk
            var workload = cut.workload
            let comment: Comment = "power cut at call \(call)"
            let image = disk.crashImage(seed: UInt64(call))
            let database = try RetentionWorkload.open(image, workload.clock)
            try workload.check(database, comment)
            // It continues: what the power cut interrupted is done by the next rounds.
            database.maintain()
            for (labels, times) in try RetentionWorkload.times(database) {
                workload.stored[labels, default: []].formUnion(times)
            }
            try database.close()
            try workload.run(on: image, steps: 3)
            try workload.check(RetentionWorkload.open(image.processEndImage(), workload.clock), comment)
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync])
    func `keeps what is not too old after a call that fails`(fault: DiskFault) throws {
        let calls = try Self.calls()
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 11) {
            let (workload, disk) = try RetentionWorkload.run(fault, atCall: call)
            let comment: Comment = "\(fault) at call \(call)"
            try workload.check(RetentionWorkload.open(disk.processEndImage(), workload.clock), comment)
        }
    }
}
