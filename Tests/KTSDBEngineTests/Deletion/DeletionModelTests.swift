import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@testable import KTSDBEngine

/// Random appends, deletions, their undoing, seals, compactions and restarts, compared with a model after each step.
@Suite struct `A database with random deletions` {
    typealias Support = DeletionTestSupport

    struct Run {
        let clocks = MovableClocks(Support.start)
        let disk = SimulatedFileSystem()
        var database: Database
        var model = DeletionModel()
        var random: SeededGenerator
        /// Open views, with what they showed at first.
        var views: [(view: ReadView, contents: [Labels: [Int64: UInt64]])] = []
        var undone = 0, refused = 0, late = 0

        init(seed: UInt64) throws {
            random = SeededGenerator(seed: seed)
            var configuration = Support.configuration(clocks)
            configuration.compactionSliceRows = seed % 2 == 0 ? 5 : BlockMerger.sliceRows
            database = try Database(files: disk, path: "/data", configuration: configuration)
        }

        private static func labels(_ number: Int) -> Labels { ["__name__": number < 4 ? "m" : "h", "i": "\(number)"] }

        /// Some series are there nearly always, some now and then, so that they leave memory and come back.
        mutating func append() throws {
            clocks.pass(61_000 + Int64(random.below(random.oneIn(6) ? 3_000_000 : 300_000)))
            let numbers = (0..<6).filter { $0 % 4 < 2 ? !random.oneIn(4) : random.oneIn(6) }
            let series = numbers.map { (Self.labels($0), $0 >= 4) }
            let summary = try Support.append(series, at: clocks.now, to: database, &model, &random)
            #expect(summary.appended == numbers.count && summary.exemplars.outOfOrder == 0)
        }

        /// A late sample is accepted where the series has left memory.
        mutating func appendLate() throws {
            let known = model.contents.keys.filter { $0.metricName == "m" }.sorted()
            guard let labels = known.randomElement(using: &random) else { return }
            let times = model.contents[labels]!.keys.sorted(), near = random.pick(times)
            let time = random.oneIn(2) ? near : near - Int64(random.below(500_000)), value = Double(-random.below(1000))
            let summary = try database.append { batch in
                batch.append(value, at: Timestamp(milliseconds: time), to: labels)
            }
            guard summary.appended == 1 else { return }
            model.append(value, at: time, to: labels)
            late += 1
        }

        mutating func delete() throws {
            let now = clocks.now, first = now - Int64(random.below(Int(now - Support.start) + 1))
            let last = random.oneIn(4) ? now + 1_000_000 : first + Int64(random.below(2_000_000))
            let range = Support.range(random.oneIn(5) ? Support.start : first, last)
            let choices: [[[LabelMatcher]]] = [
                [[.name("m")]], [[.equal("i", "1")]], [[.equal("i", "2")], [.equal("i", "5")]],
                [[try .matches("i", "[0-3]"), .notEqual("i", "3")]], [[try .matches("__name__", ".+")]],
                [[.name("h"), .equal("i", "4")]],
            ]
            let lists = random.pick(choices)
            if let deletion = try database.delete(matching: lists, in: range) {
                model.delete(deletion.id, lists, in: range)
            } else {
                var other = model
                other.delete(0, lists, in: range)
                #expect(other.contents == model.contents && other.exemplars == model.exemplars)
            }
        }

        mutating func undelete() throws {
            guard let deletion = database.deletions.randomElement(using: &random) else { return }
            let isPossible = deletion.undoableUntil.map { $0.milliseconds > clocks.now } ?? false
            do throws(DeletionError) {
                try database.undelete(deletion.id)
                #expect(isPossible)
                model.undelete(deletion.id)
                undone += 1
            } catch {
                #expect(error == .isFinal(id: deletion.id) && !isPossible)
                refused += 1
            }
        }

        mutating func reopen() throws {
            if random.oneIn(2) { try database.close() }
            // Views keep their database.
            let image = random.oneIn(2) ? disk : disk.processEndImage()
            guard image !== disk || database.isBeingClosed else { return }
            let reopened = try Support.open(image, clocks)
            #expect(reopened.recovery.damagedBlocks.isEmpty && reopened.recovery.damagedDeletions.isEmpty)
            try check(reopened)
            if image === disk {
                database = reopened
            } else if database.isBeingClosed {
                database = try Support.open(disk, clocks)
            }
        }

        mutating func step() throws {
            switch random.below(20) {
            case 0..<7: try append()
            case 7: try appendLate()
            case 8..<11: try delete()
            case 11: try undelete()
            case 12: try database.seal()
            case 13..<15: database.maintain()
            case 15: try database.compact()
            case 16:
                let report = try database.reclaim()
                #expect(report.leftOut.isEmpty && database.deletions.isEmpty)
            case 17:
                let view = database.readView()
                views.append((view, try Support.contents(view)))
                if views.count > 2 { views.removeAll() }
            case 18: clocks.pass(Int64(random.below(2 * Int(Support.hour))))
            default: try reopen()
            }
            if database.isBeingClosed { database = try Support.open(disk, clocks) }
        }

        func check(_ database: Database) throws {
            let view = database.readView(), expected = model.contents
            let found = try Support.contents(view)
            #expect(found == expected)
            let exemplars = try Support.exemplars(view)
            #expect(exemplars == model.exemplars)
            try view.verify()
        }

        /// Compares what finds series and newest samples without reading all of them.
        mutating func checkIndex() throws {
            let view = database.readView(), contents = model.contents
            let first = Support.start + Int64(random.below(Int(clocks.now - Support.start) + 1))
            let range = Support.range(first, first + Int64(random.below(3_000_000))), present = model.series(in: range)
            let selected = try view.select([], withSamplesIn: range)
            let labels = try (0..<selected.count).map { try selected.labels(at: $0) }
            #expect(Set(labels) == present && labels.count == present.count)
            let values = try view.labelValues(of: "i", in: range)
            #expect(values == Set(present.map { $0["i"]! }).sorted())
            let some = try view.labelValues(of: "i", matching: [[.name("h")]], in: range)
            #expect(some == present.filter { $0.metricName == "h" }.map { $0["i"]! }.sorted())
            #expect(try view.labelNames(in: range) == (present.isEmpty ? [] : ["__name__", "i"]))
            for number in 0..<6 {
                let newest = try view.newest(of: Self.labels(number))
                #expect(newest?.timestamp.milliseconds == contents[Self.labels(number)]?.keys.max())
            }
        }

        func checkViews() throws {
            for (view, contents) in views {
                let found = try Support.contents(view)
                #expect(found == contents)
            }
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `shows exactly what is left, to views from before too`(seed: UInt64) throws {
        var run = try Run(seed: seed)
        for _ in 0..<100 {
            try run.step()
            try run.check(run.database)
            try run.checkIndex()
            try run.checkViews()
        }
        try run.database.reclaim()
        try run.check(run.database)
        try run.checkViews()
        // What is deleted is gone from all files.
        let left = run.model.contents.values.reduce(0) { $0 + $1.count }
        try run.database.seal()
        let stored = Int(run.database.statistics.blockSamples)
        #expect(run.database.deletions.isEmpty && (left...(left + run.late)).contains(stored))
    }

    @Test func `sees every case of the runs`() throws {
        var undone = 0, refused = 0, late = 0
        for seed in 1...10 as ClosedRange<UInt64> {
            var run = try Run(seed: seed)
            for _ in 0..<120 { try run.step() }
            undone += run.undone
            refused += run.refused
            late += run.late
        }
        #expect(undone > 5 && late > 0, "\(undone) deletions undone, \(refused) not any more, \(late) late samples")
    }

    static let queries = [
        "m", #"m{i="1"}"#, "sum by (i) (m)", "count(m)", "rate(m[20m])", "last_over_time(m[2h])", "absent(m)",
        "count_over_time(m[1h])", "max_over_time(m[90m])", "histogram_count(h)", "sum(histogram_sum(h))",
        #"m{i="1"} + on () group_left m{i="2"}"#, "topk(1, m)",
    ]

    /// Deletions in memory and in blocks, hidden or reclaimed: queries answer as if the samples had never been there.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `answers queries as a database that never had the samples`(seed: UInt64) async throws {
        var run = try Run(seed: seed)
        for round in 0..<6 {
            for _ in 0..<8 { try run.append() }
            if round % 2 == 0 { try run.database.seal() }
            for _ in 0..<2 { try run.delete() }
            if round == 4 { try run.database.reclaim() }
            let reference = run.model.reference, view = run.database.readView()
            let range = Support.range(Support.start, run.clocks.now)
            for query in Self.queries {
                let engine = PromQLEngine()
                let expected = try await engine.query(query, over: range, step: .seconds(300), in: reference)
                let found = try await engine.query(query, over: range, step: .seconds(300), in: view)
                #expect(found.value == expected.value, "\(query), round \(round)")
                let now = try await engine.query(query, at: range.upperBound, in: view)
                let wanted = try await engine.query(query, at: range.upperBound, in: reference)
                #expect(now.value == wanted.value, "\(query) at the end of round \(round)")
            }
        }
    }
}
