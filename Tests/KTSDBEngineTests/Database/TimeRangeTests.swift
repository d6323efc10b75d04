import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite("Series, label names and label values of a range of time")
struct TimeRangeTests {
    /// A database, and what it should hold.
    private struct Pair {
        let database: Database
        var reference = ReferenceDatabase()
        var time: Int64 = 1_700_000_000_000
        private let series: [Labels]
        var random: SeededGenerator

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            var configuration = Database.Configuration()
            configuration.runsMaintenance = false
            database = .inMemory(configuration)
            series = (0..<40).map { number in
                Labels([
                    ("__name__", "m\(number % 4)"), ("i", "\(number)"), ("tens", "\(number / 10)"),
                    ("only\(number % 7)", "x"),
                ])
            }
        }

        /// One commit: some series have a sample, others are silent for long.
        mutating func append() throws {
            time += [15_000, 15_000, 15_000, 60_000, 1_000_000][random.below(5)]
            let phase = Int(time / 3_000_000) % 5
            var samples: [(Labels, Double, Int64)] = []
            for (number, labels) in series.enumerated() where number % 5 == phase || random.below(8) == 0 {
                let value = random.below(20) == 0 ? Double.staleMarker : Double(random.below(5))
                samples.append((labels, value, time + Int64(random.below(3))))
            }
            try database.append { batch in
                for (labels, value, time) in samples {
                    batch.append(value, at: Timestamp(milliseconds: time), to: labels)
                }
            }
            for (labels, value, time) in samples {
                reference.append(value, at: Timestamp(milliseconds: time), to: labels)
            }
        }

        /// Some range, whose ends are often just those of samples.
        mutating func range() -> ClosedRange<Timestamp> {
            let all = reference.allSeries
            func end() -> Int64 {
                if random.below(4) == 0 {
                    return 1_700_000_000_000 + Int64(random.below(Int(time - 1_700_000_000_000) + 1))
                }
                let samples = reference.samples(of: all[random.below(all.count)])
                return samples[random.below(samples.count)].timestamp.milliseconds + Int64(random.below(3)) - 1
            }
            let ends = [end(), random.below(3) == 0 ? time + 1 : end()].sorted()
            return Timestamp(milliseconds: ends[0])...Timestamp(milliseconds: ends[1])
        }
    }

    private func compare(_ view: ReadView, _ pair: inout Pair, _ expected: ReferenceDatabase) throws {
        let everything = Timestamp(milliseconds: .min)...Timestamp(milliseconds: .max)
        let lists: [[[LabelMatcher]]] = [
            [], [[.name("m1")]], [[.equal("tens", "2")], [.equal("only3", "x")]], [[.notEqual("tens", "0")]],
            [[.name("none")]], [[], [.name("m1")]], [[.equal("only1", "")]],
        ]
        for range in [everything] + (0..<12).map({ _ in pair.range() }) {
            let list = lists[pair.random.below(lists.count)]
            var found: Set<Labels> = []
            for matchers in list.isEmpty ? [[]] : list {
                let selected = try view.select(matchers, withSamplesIn: range)
                let wanted = try expected.select(matchers, in: range)
                let labels = try (0..<selected.count).map { try selected.labels(at: $0) }
                #expect(try labels == (0..<wanted.count).map { try wanted.labels(at: $0) }, "\(range) \(matchers)")
                found.formUnion(labels)
            }
            let names = Set(found.flatMap { $0.map(\.name) }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(try view.labelNames(matching: list, in: range) == names, "\(range) \(list)")
            #expect(try view.labelNames(matching: list, in: range, limit: 2) == Array(names.prefix(2)))
            for name in ["i", "tens", "only3", "__name__", "none"] {
                let values = Set(found.compactMap { $0[name] }).sorted()
                #expect(try view.labelValues(of: name, matching: list, in: range) == values, "\(range) \(list) \(name)")
                #expect(
                    try view.labelValues(of: name, matching: list, in: range, limit: 3) == Array(values.prefix(3)))
            }
        }
    }

    @Test(
        "what is found is what has samples in the range, in memory, in blocks and merged",
        arguments: 0..<12 as Range<UInt64>)
    func exact(seed: UInt64) throws {
        var pair = Pair(seed: seed)
        for _ in 0..<120 { try pair.append() }
        try compare(pair.database.readView(), &pair, pair.reference)
        // A seal has begun with the next generation; a view of before, and one of after it.
        let before = pair.database.readView(), old = pair.reference
        if seed % 3 > 0 { try pair.database.seal() }
        for _ in 0..<60 { try pair.append() }
        try compare(before, &pair, old)
        try compare(pair.database.readView(), &pair, pair.reference)
        if seed % 3 == 2 {
            try pair.database.seal()
            try pair.database.compact()
            try compare(pair.database.readView(), &pair, pair.reference)
            try compare(before, &pair, old)
        }
    }

    @Test("chunks that begin before the range and end behind it are looked into")
    func gaps() throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = Database.inMemory(configuration)
        func at(_ time: Int64) -> Timestamp { Timestamp(milliseconds: time) }
        for time in [1000, 2000, 900_000, 901_000] as [Int64] {
            try database.append { $0.append(1, at: at(time), to: ["__name__": "m"]) }
        }
        for _ in 0..<2 {
            let view = database.readView()
            #expect(try view.select([], withSamplesIn: at(3000)...at(800_000)).count == 0)
            #expect(try view.labelNames(in: at(3000)...at(800_000)) == [])
            #expect(try view.select([], withSamplesIn: at(2000)...at(800_000)).count == 1)
            #expect(try view.select([], withSamplesIn: at(900_500)...at(901_000)).count == 1)
            #expect(try view.select([], withSamplesIn: at(901_001)...at(902_000)).count == 0)
            #expect(try view.select([], withSamplesIn: at(-5)...at(999)).count == 0)
            try database.seal()
        }
    }

    @Test("a series whose samples were all refused is in no range")
    func withoutSamples() throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = Database.inMemory(configuration)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1 << 40), to: ["__name__": "new"]) }
        let summary = try database.append { $0.append(1, at: Timestamp(milliseconds: 1), to: ["__name__": "old"]) }
        let range = Timestamp(milliseconds: .min)...Timestamp(milliseconds: .max)
        let view = database.readView()
        let names = summary.rejections.isEmpty ? ["new", "old"] : ["new"]
        #expect(try view.labelValues(of: "__name__", in: range) == names)
        #expect(try view.select([], withSamplesIn: range).count == names.count)
    }
}
