import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `A database with histograms` {
    /// A sample as it was appended, or as it was read.
    struct Row: Hashable {
        var time: Int64
        var value: RichValue
        var start: Int64

        /// Appends it; `histogram` is its value, unless that is a float.
        func append(_ histogram: Histogram?, to batch: inout Batch, _ labels: Labels) {
            let time = Timestamp(milliseconds: time), start = Timestamp(milliseconds: start)
            switch value {
            case .histogram:
                batch.append(histogram!, at: time, startedAt: self.start == 0 ? nil : start, to: labels)
            case .float(let bits):
                if self.start == 0 {
                    batch.append(Double(bitPattern: bits), at: time, to: labels)
                } else {
                    batch.append(Double(bitPattern: bits), at: time, startedAt: start, to: labels)
                }
            }
        }
    }
    typealias Contents = [Labels: [Row]]

    static let labels: [Labels] = (0..<6).map { ["__name__": "h", "i": "\($0)"] }

    /// What a view shows, in `range`.
    static func contents(
        _ view: ReadView, in range: ClosedRange<Int64> = (-1 << 50)...(1 << 50)
    ) throws -> Contents {
        let selection = try view.select(
            [], in: Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound))
        var contents: Contents = [:]
        var columns = SampleColumns()
        for position in 0..<selection.count {
            try selection.decode(position, into: &columns)
            var rows: [Row] = []
            #expect(columns.startTimes.isEmpty || columns.startTimes.count == columns.times.count)
            for row in 0..<columns.times.count {
                let start = columns.startTimes.isEmpty ? 0 : columns.startTimes[row]
                rows.append(Row(time: columns.times[row], value: .float(columns.values[row].bitPattern), start: start))
            }
            for (row, histogram) in zip(columns.histograms.rows, columns.histograms.values) {
                #expect(columns.values[Int(row)] == 0)
                rows[Int(row)].value = RichValue(histogram)
            }
            if !rows.isEmpty { contents[try selection.labels(at: position)] = rows }
        }
        return contents
    }

    /// A database and its twin, which is a list.
    struct Twin {
        var random: SeededGenerator
        var generators: [HistogramGenerator]
        var contents: Contents = [:]
        var time: Int64 = 1_700_000_000_000
        var start: Int64 = 0

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            generators = (0..<6).map { HistogramGenerator(seed: seed &* 6 &+ UInt64($0)) }
        }

        /// Appends a batch of what any series may have; some samples are repeated or late.
        mutating func append(to database: Database) throws {
            var rows: [(labels: Labels, row: Row, histogram: Histogram?)] = []
            var accepted = 0
            for _ in 0..<(1 + random.below(12)) {
                time += Int64(random.below(2_000_000))
                if random.oneIn(8) { start = random.oneIn(2) ? 0 : time - Int64(random.below(100_000)) }
                let series = random.below(6)
                // The first two series are floats and nothing else, the others by turns.
                let histogram = series >= 2 && random.below(4) > 0 ? generators[series].next() : nil
                let float = random.oneIn(10) ? Double.staleMarker : Double(random.below(100))
                let value = histogram.map { RichValue($0) } ?? .float(float.bitPattern)
                let row = Row(time: time, value: value, start: series == 0 ? 0 : start)
                rows.append((`A database with histograms`.labels[series], row, histogram))
                if random.oneIn(6) { rows.append(rows[rows.count - 1]) }
            }
            let summary = try database.append { batch in
                for (labels, row, histogram) in rows { row.append(histogram, to: &batch, labels) }
            }
            for (labels, row, _) in rows where row.time > contents[labels]?.last?.time ?? .min {
                contents[labels, default: []].append(row)
                accepted += 1
            }
            #expect(summary.appended == accepted && summary.repeated == rows.count - accepted && summary.rejected == 0)
        }

        /// Whether all that is found was appended, and hints say nothing that is wrong.
        func check(_ found: Contents, in range: ClosedRange<Int64> = .min ... .max, _ comment: Comment) {
            let expected = contents.mapValues { $0.filter { range.contains($0.time) } }.filter { !$0.value.isEmpty }
            #expect(found.count == expected.count, comment)
            for (labels, rows) in expected {
                let other = found[labels] ?? []
                #expect(other.count == rows.count, comment)
                for (row, stored) in zip(rows, other) {
                    #expect(row.time == stored.time && row.start == stored.start, comment)
                    guard case .histogram(let words, let given) = row.value else {
                        #expect(row.value == stored.value, comment)
                        continue
                    }
                    guard case .histogram(let storedWords, let hint) = stored.value else {
                        Issue.record("no histogram at \(row.time), \(comment)")
                        continue
                    }
                    #expect(words == storedWords, comment)
                    #expect((hint == .gauge) == (given == .gauge) && hint != .reset, comment)
                }
            }
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `gives back every bit from head, blocks, checkpoints and the log, and views stay as they are`(
        seed: UInt64
    ) throws {
        let disk = SimulatedFileSystem()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.wallClock = { 1_900_000_000_000 }
        configuration.durability = .durable
        configuration.checkpointLogByteLimit = 4000
        func open(_ disk: SimulatedFileSystem) throws -> Database {
            try Database(files: disk, path: "/data", configuration: configuration)
        }
        var twin = Twin(seed: seed)
        var image = disk
        var database = try open(image)
        var views: [(view: ReadView, contents: Contents)] = []
        for step in 0..<36 {
            try twin.append(to: database)
            twin.check(try Self.contents(database.readView()), "step \(step)")
            if twin.random.oneIn(4) {
                let view = database.readView()
                views.append((view, try Self.contents(view)))
            }
            for (view, contents) in views { #expect(try Self.contents(view) == contents) }
            let middle = twin.time - Int64(twin.random.below(40_000_000))
            let range = middle...(middle + Int64(twin.random.below(20_000_000)))
            twin.check(try Self.contents(database.readView(), in: range), in: range, "step \(step), a range")
            switch twin.random.below(12) {
            case 0: try database.seal()
            case 1, 2: database.maintain()
            case 3:
                try database.close()
                views = []
                database = try open(image)
            case 4:
                views = []
                image = image.processEndImage()
                database = try open(image)
                #expect(database.recovery.damagedCheckpoints.isEmpty && database.recovery.damagedBlocks.isEmpty)
            default: break
            }
            twin.check(try Self.contents(database.readView()), "after step \(step)")
        }
        try database.close()
        let last = try open(image)
        twin.check(try Self.contents(last.readView()), "at the end")
        #expect(last.statistics.blocks > 0)
    }

    @Test func `knows what was no reset when it came, unless something lies between`() throws {
        let database = Database.inMemory(`A database`.manual())
        let labels: Labels = ["__name__": "h"]
        func histogram(_ count: Double, _ hint: Histogram.CounterResetHint = .unknown) -> Histogram {
            Histogram(
                counterResetHint: hint, count: count, sum: count, positive: HistogramBuckets(offset: 0, counts: [count])
            )
        }
        let given: [Histogram?] = [
            histogram(1, .notReset), histogram(2), histogram(1), histogram(1), nil, histogram(3), histogram(4, .reset),
            histogram(5, .gauge), histogram(6),
        ]
        try database.append { batch in
            for (index, histogram) in given.enumerated() {
                let time = Timestamp(milliseconds: Int64(index))
                if let histogram {
                    batch.append(histogram, at: time, to: labels)
                } else {
                    batch.append(.staleMarker, at: time, to: labels)
                }
            }
        }
        let series = try database.readView().series(in: Timestamp(milliseconds: 0)...Timestamp(milliseconds: 99))[0]
        #expect(
            try series.samples().histograms.map(\.histogram.counterResetHint)
                == [.unknown, .notReset, .unknown, .notReset, .unknown, .unknown, .gauge, .unknown])
        #expect(try series.samples().map(\.timestamp.milliseconds) == [4])
    }

    @Test func `refuses histograms that make no sense, and repeats of other bits`() throws {
        let database = Database.inMemory(`A database`.manual())
        let labels: Labels = ["__name__": "h"]
        let good = Histogram(count: 1, sum: 1, positive: HistogramBuckets(offset: 0, counts: [1]))
        var bad = good, other = good, gauge = good
        bad.positive.counts.append(1)
        other.sum = 2
        gauge.counterResetHint = .gauge
        let huge = Histogram(
            count: 1, sum: 1, positive: HistogramBuckets(offset: 0, counts: [Double](repeating: 1, count: 65_537)))
        let time = Timestamp(milliseconds: 1)
        let summary = try database.append { batch in
            batch.append(bad, at: time, to: labels)
            batch.append(huge, at: time, to: labels)
            batch.append(good, at: time, to: [:])
            let id = batch.series(labels)
            batch.append(good, at: time, to: id)
            batch.append(good, at: time, to: id)
            batch.append(gauge, at: time, to: id)
            batch.append(other, at: time, to: id)
            batch.append(1, at: time, to: id)
        }
        #expect(summary.appended == 1 && summary.repeated == 2)
        #expect(summary.rejections == [.invalidHistogram: 2, .invalidLabels: 1, .duplicateTimestamp: 2])
    }

    @Test func `keeps a histogram with as many buckets as may be`() throws {
        let disk = SimulatedFileSystem()
        var configuration = `A database`.manual()
        configuration.wallClock = { 1_700_000_000_000 }
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        var random = SeededGenerator(seed: 1)
        let counts = (0..<65_536).map { _ in Double(random.below(1 << 40)) / 3 }
        let large = Histogram(count: 1, sum: 1, positive: HistogramBuckets(offset: 0, counts: counts))
        try database.append { batch in
            for time in 0..<17 as Range<Int64> {
                batch.append(large, at: Timestamp(milliseconds: time), to: ["__name__": "h"])
            }
        }
        try database.close()
        let reopened = try Database(files: disk, path: "/data", configuration: configuration)
        let found = try Self.contents(reopened.readView())[["__name__": "h"]]!
        #expect(reopened.statistics.blocks == 1 && found.count == 17)
        for row in found {
            guard case .histogram(let words, _) = row.value else { continue }
            #expect(words == large.words)
        }
    }
}
