import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

/// Random appends, deletions, seals, compactions, restarts and changes of all limits of time, compared with a plain
/// model after each step.
@Suite struct `A database with random retention rules` {
    typealias Support = DeletionTestSupport

    struct Run {
        let clocks = MovableClocks(Support.start)
        let disk = SimulatedFileSystem()
        var database: Database
        /// What deletions leave.
        var model = DeletionModel()
        var limits: RetentionLimits
        /// For each series, the latest time before which its samples were ever too old: what was hidden once may be
        /// gone.
        var passed: [Labels: Int64] = [:]
        var random: SeededGenerator
        var views: [(view: ReadView, contents: [Labels: [Int64: UInt64]])] = []
        var rewritten = 0, removed = 0

        init(seed: UInt64) throws {
            random = SeededGenerator(seed: seed)
            limits = try Self.limits(&random)
            database = try Self.open(disk, clocks, limits)
        }

        static func open(
            _ files: any FileSystem, _ clocks: MovableClocks, _ limits: RetentionLimits
        ) throws -> Database {
            var configuration = Support.configuration(clocks)
            configuration.monotonicClock = { clocks.elapsed }
            configuration.retentionLimits = limits
            return try Database(files: files, path: "/data", configuration: configuration)
        }

        private static func labels(_ number: Int) -> Labels {
            ["__name__": number < 5 ? "m" : "h", "i": "\(number)", "even": number % 2 == 0 ? "yes" : "no"]
        }

        private static func limits(_ random: inout SeededGenerator) throws -> RetentionLimits {
            let choices: [[[LabelMatcher]]] = [
                [[.equal("i", "1")]], [[.name("h")]], [[.equal("even", "yes")]], [[try .matches("i", "[0-2]")]],
                [[.equal("i", "3")], [.equal("i", "4"), .name("m")]], [[.notEqual("even", "yes"), .name("m")]],
                [[.equal("i", "none")]],
            ]
            func time(_ random: inout SeededGenerator) -> Duration {
                .milliseconds(Support.minute * Int64(10 + random.below(random.oneIn(2) ? 200 : 2000)))
            }
            let rules = try (0..<random.below(4)).map { number in
                try RetentionRule("\(number)", matching: random.pick(choices), keep: time(&random))
            }
            return RetentionLimits(age: random.oneIn(3) ? nil : time(&random), rules: try RetentionRules(rules))
        }

        mutating func append() throws {
            clocks.pass(61_000 + Int64(random.below(random.oneIn(6) ? 6_000_000 : 900_000)))
            let numbers = (0..<7).filter { $0 % 3 < 2 ? !random.oneIn(4) : random.oneIn(5) }
            let series = numbers.map { (Self.labels($0), $0 >= 5) }
            let summary = try Support.append(series, at: clocks.now, to: database, &model, &random)
            #expect(summary.appended == numbers.count)
        }

        mutating func delete() throws {
            let now = clocks.now, first = now - Int64(random.below(Int(now - Support.start) + 1))
            let range = Support.range(first, random.oneIn(3) ? now : first + Int64(random.below(4_000_000)))
            let choices: [[[LabelMatcher]]] = [
                [[.name("m")]], [[.equal("i", "1")]], [[.equal("i", "2")], [.equal("i", "5")]],
                [[.equal("even", "no")]],
            ]
            let lists = random.pick(choices)
            // Where nothing that is shown is meant, what is hidden in memory may stay.
            if let deletion = try database.delete(matching: lists, in: range) {
                model.delete(deletion.id, lists, in: range)
            }
        }

        mutating func undelete() throws {
            guard let deletion = database.deletions.randomElement(using: &random) else { return }
            guard deletion.undoableUntil.map({ $0.milliseconds > clocks.now }) ?? false else { return }
            try database.undelete(deletion.id)
            model.undelete(deletion.id)
        }

        mutating func reopen() throws {
            count()
            if random.oneIn(2) {
                try database.close()
                views = []
                database = try Self.open(disk, clocks, limits)
            } else {
                let other = try Self.open(disk.processEndImage(), clocks, limits)
                #expect(other.recovery.damagedBlocks.isEmpty)
                try check(other)
            }
        }

        mutating func count() {
            rewritten += database.retention.rewrittenBlocks
            removed += database.retention.removedBlocks
        }

        mutating func step() throws {
            switch random.below(20) {
            case 0..<7: try append()
            case 7: try delete()
            case 8: try undelete()
            case 9..<11: try database.seal()
            case 11..<13: database.maintain()
            case 13: try database.compact()
            case 14: _ = try database.reclaim()
            case 15:
                let view = database.readView()
                views.append((view, try Support.contents(view)))
                if views.count > 2 { views.removeAll() }
            case 16: clocks.pass(Int64(random.below(3 * Int(Support.hour))))
            case 17:
                limits = try Self.limits(&random)
                database.setRetention(limits)
            case 18: database.confirmClock()
            default: try reopen()
            }
            database.observeRetention()
            for number in 0..<7 {
                let labels = Self.labels(number)
                passed[labels] = max(passed[labels] ?? .min, horizon(of: labels, database))
            }
        }

        /// The time before which samples of a series are too old, by the database's horizons and the model's rules.
        func horizon(of labels: Labels, _ database: Database) -> Int64 {
            let horizons = database.retentionState.withLock { $0.horizons }
            guard !horizons.isEmpty else { return .min }
            let rule = limits.rules.all.firstIndex { rule in
                rule.matchers.contains { $0.allSatisfy { $0.matches(labels) } }
            }
            return horizons[rule ?? limits.rules.all.count]
        }

        func check(_ database: Database) throws {
            let view = database.readView(), found = try Support.contents(view), all = model.contents
            for (labels, samples) in found {
                let horizon = horizon(of: labels, database)
                for (time, value) in samples {
                    #expect(time >= horizon && all[labels]?[time] == value, "\(labels) at \(time)")
                }
            }
            for (labels, samples) in all {
                for time in samples.keys where time >= passed[labels] ?? .min {
                    #expect(found[labels]?[time] != nil, "\(labels) at \(time) is gone")
                }
            }
            let exemplars = try Support.exemplars(view)
            for (labels, values) in exemplars {
                let horizon = horizon(of: labels, database)
                for (time, value) in values {
                    #expect(time >= horizon && model.exemplars[labels]?[time] == value, "exemplar of \(labels)")
                }
            }
            try view.verify()
        }

        /// What finds series and newest samples agrees with what decodes them.
        mutating func checkIndex() throws {
            let view = database.readView(), contents = try Support.contents(view)
            let first = Support.start + Int64(random.below(Int(clocks.now - Support.start) + 1))
            let range = Support.range(first, first + Int64(random.below(3_000_000)))
            let present = Set(contents.filter { $0.value.keys.contains(where: range.milliseconds.contains) }.keys)
            let selected = try view.select([], withSamplesIn: range)
            #expect(Set(try (0..<selected.count).map { try selected.labels(at: $0) }) == present)
            #expect(try view.labelValues(of: "i", in: range) == Set(present.map { $0["i"]! }).sorted())
            let some = try view.labelValues(of: "i", matching: [[.name("h")]], in: range)
            #expect(some == present.filter { $0.metricName == "h" }.map { $0["i"]! }.sorted())
            #expect(try view.labelNames(in: range) == (present.isEmpty ? [] : ["__name__", "even", "i"]))
            for number in 0..<7 {
                let newest = try view.newest(of: Self.labels(number))
                #expect(newest?.timestamp.milliseconds == contents[Self.labels(number)]?.keys.max())
            }
            let all = try view.select([.name("m")], in: Support.everything, limits: nil)
            var newest = NewestSamples()
            try all.appendNewest(of: 0..<all.count, to: &newest)
            for position in 0..<all.count where newest.times[position] != NewestSamples.unknown {
                let time = try contents[all.labels(at: position)]?.keys.max() ?? NewestSamples.noSample
                #expect(newest.times[position] == time)
            }
        }
    }

    @Test(arguments: 1...16 as ClosedRange<UInt64>)
    func `shows what is not too old for its class, and nothing else`(seed: UInt64) throws {
        var run = try Run(seed: seed)
        for _ in 0..<100 {
            try run.step()
            try run.check(run.database)
            try run.checkIndex()
            for (view, contents) in run.views { #expect(try Support.contents(view) == contents) }
        }
        // Undisturbed for a while, the files have little more than what is shown.
        run.limits.rules = try RetentionRules([
            RetentionRule("0", matching: [[.equal("even", "yes")]], keep: .seconds(7200))
        ])
        run.limits.age = .seconds(4 * 3600)
        run.database.setRetention(run.limits)
        run.database.confirmClock()
        for _ in 0..<12 {
            try run.append()
            run.clocks.pass(Support.hour / 2)
            run.database.maintain()
            try run.database.seal()
            try run.database.compact()
        }
        run.database.maintain()
        try run.database.compact()
        try run.database.reclaim()
        let shown = try Support.contents(run.database.readView()).values.reduce(0) { $0 + $1.count }
        let stored = Int(run.database.statistics.blockSamples)
        #expect(stored >= shown && stored <= shown + 7 * 12)
        #expect(run.database.statistics.retention.failure == nil)
    }

    @Test func `sees every case of the runs`() throws {
        var rewritten = 0, removed = 0
        for seed in 1...8 as ClosedRange<UInt64> {
            var run = try Run(seed: seed)
            for _ in 0..<150 { try run.step() }
            run.count()
            rewritten += run.rewritten
            removed += run.removed
        }
        #expect(rewritten > 5 && removed > 5, "\(rewritten) blocks written again, \(removed) removed")
    }
}
