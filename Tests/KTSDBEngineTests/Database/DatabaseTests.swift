import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `A database` {
    let everything = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)

    static func manual() -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        return configuration
    }

    static func contents(_ view: ReadView) throws -> [Labels: [Sample]] {
        var result: [Labels: [Sample]] = [:]
        let everything = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
        for series in try view.series(in: everything) {
            let samples = try series.samples()
            if !samples.isEmpty { result[series.labels] = Array(samples) }
        }
        return result
    }

    @Test func `gives back what was appended, in memory`() throws {
        let database = Database.inMemory(Self.manual())
        let summary = try database.append { batch in
            batch.append(21.5, at: Timestamp(milliseconds: 1000), to: ["__name__": "temperature", "room": "kitchen"])
            batch.append(19, at: Timestamp(milliseconds: 1000), to: ["__name__": "temperature", "room": "hall"])
        }
        #expect(summary.appended == 2 && summary.rejections.isEmpty && summary.sequence == 1)
        let view = database.readView()
        let found = try view.series(matching: .name("temperature"), .matches("room", "k.*"), in: everything)
        #expect(found.map(\.labels) == [["__name__": "temperature", "room": "kitchen"]])
        #expect(try Array(found[0].samples()) == [Sample(timestamp: Timestamp(milliseconds: 1000), value: 21.5)])
        #expect(try view.labelNames(in: everything) == ["__name__", "room"])
        #expect(try view.labelValues(of: "room", in: everything) == ["hall", "kitchen"])
    }

    @Test func `counts the chunks in memory, and says when the earliest sample there is`() throws {
        let database = Database.inMemory(Self.manual())
        #expect(database.statistics.headChunks == 0 && database.statistics.headMinTime == nil)
        for step in 0..<500 as Range<Int64> {
            try database.append { batch in
                for number in 0..<3 {
                    batch.append(1, at: Timestamp(milliseconds: 1000 + step), to: ["n": "\(number)"])
                }
                if step == 0 { batch.append(1, at: Timestamp(milliseconds: 1000), to: ["n": "other"]) }
            }
            // What waits for its place counts, too.
            if step == 0 { #expect(database.statistics.headChunks == 4) }
        }
        // Looking at the samples puts those that wait into chunks of 240.
        _ = try Self.contents(database.readView())
        #expect(database.statistics.headChunks == 3 * 3 + 1)
        #expect(database.statistics.headMinTime?.milliseconds == 1000)
        try database.seal()
        #expect(database.statistics.headChunks == 0)
        #expect(
            database.statistics.headMinTime?.milliseconds == 1499 && database.statistics.minTime?.milliseconds == 1000)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1600), to: ["n": "1"]) }
        #expect(database.statistics.headChunks == 1 && database.statistics.headMinTime?.milliseconds == 1600)
    }

    @Test func `counts no chunk for a sample that is late`() throws {
        let database = Database.inMemory(Self.manual()), view = { database.readView() }
        try database.append { $0.append(1, at: Timestamp(milliseconds: 2000), to: ["n": "a"]) }
        try database.append { $0.append(2, at: Timestamp(milliseconds: 1000), to: ["n": "a"]) }
        #expect(try Self.contents(view()).values.reduce(0) { $0 + $1.count } == 2)
        #expect(database.statistics.headChunks == 1)
    }

    @Test func `says how many series a selection may look at, without looking`() throws {
        let database = Database.inMemory(Self.manual())
        func append(_ time: Int64) throws {
            try database.append { batch in
                for number in 0..<30 {
                    batch.append(
                        1, at: Timestamp(milliseconds: time),
                        to: ["__name__": "m", "tens": "\(number / 10)", "number": "\(number)"])
                }
            }
        }
        try append(1)
        try database.seal()
        try append(2)
        let view = database.readView()
        func bound(_ matchers: LabelMatcher...) -> Int? { view.selectionBound(matchers, in: everything) }
        // The block's, and the head's.
        #expect(bound() == 60)
        #expect(bound(.equal("tens", "1")) == 20)
        #expect(bound(.equal("number", "7"), .equal("__name__", "m")) == 2)
        #expect(try bound(.matches("tens", "0|2")) == 40)
        #expect(bound(.equal("tens", "none")) == 0)
        // Nothing is known of what may have many values, or none.
        #expect(try bound(.matches("tens", "1.*"), .equal("absent", ""), .notEqual("number", "1")) == 60)
        let later = Timestamp(milliseconds: 2)...Timestamp(milliseconds: 3)
        #expect(view.selectionBound([.equal("tens", "1")], in: later) == 10)
        #expect(try view.select([.equal("tens", "1")], in: everything).count == 10)
        #expect(try view.select([.equal("tens", "1")], in: everything).partCount == 20)
    }

    @Test(arguments: [(0, 1), (1 << 18, 0), (.max, 0), (.min, 1)])
    func `seals sooner or later by how many series share the memory`(perSeries: Int, expectedBlocks: Int) throws {
        var configuration = Self.manual()
        configuration.wallClock = { 1_000_000 }
        configuration.openByteLimit = 1
        configuration.openBytesPerSeries = perSeries
        let database = Database.inMemory(configuration)
        try database.append { batch in
            for number in 0..<100 { batch.append(1, at: Timestamp(milliseconds: 1), to: ["n": "\(number)"]) }
        }
        database.maintain()
        #expect(database.statistics.blocks == expectedBlocks)
        #expect(try Self.contents(database.readView()).count == 100)
    }

    @Test(arguments: [0, 1, 3, 1000]) func `counts series by their labels`(limit: Int) throws {
        var random = SeededGenerator(seed: UInt64(limit))
        let database = Database.inMemory(Self.manual())
        var all: Set<Labels> = []
        _ = try database.append { batch in
            for _ in 0..<400 {
                var pairs = [("__name__", "m\(random.below(5))"), ("i", "\(random.below(40))")]
                if random.oneIn(3) { pairs.append(("long", String(repeating: "x", count: 250 + random.below(10)))) }
                let labels = Labels(pairs)
                all.insert(labels)
                batch.append(1, at: Timestamp(milliseconds: 1), to: labels)
            }
        }
        var names: [String: Int] = [:], values: [String: Set<String>] = [:], bytes: [String: Int] = [:]
        var pairs: [String: Int] = [:]
        for label in all.joined() {
            if label.name == "__name__" { names[label.value, default: 0] += 1 }
            values[label.name, default: []].insert(label.value)
            pairs["\(label.name)=\(label.value)", default: 0] += 1
            for text in [label.name, label.value] {
                bytes[label.name, default: 0] += text.utf8.count + (text.utf8.count < 255 ? 1 : 4)
            }
        }
        func largest(_ counts: [String: Int]) -> [CardinalityStatistics.Entry] {
            Array(
                counts.map { .init(name: $0.key, count: $0.value) }
                    .sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(limit))
        }
        let found = try database.cardinality(limit: limit)
        #expect(found.series == all.count && found.labelPairs == pairs.count)
        #expect(found.seriesByMetricName == largest(names))
        #expect(found.valuesByLabelName == largest(values.mapValues(\.count)))
        #expect(found.bytesByLabelName == largest(bytes))
        #expect(found.seriesByLabelPair == largest(pairs))
    }

    @Test func `knows label sets again by their bytes on the wire, until the series leaves memory`() throws {
        var configuration = Self.manual()
        configuration.openByteLimit = 1
        configuration.openBytesPerSeries = 0
        configuration.wallClock = { 1_000_000 }
        configuration.maximumFuture = nil
        let database = Database.inMemory(configuration)
        /// Writes one sample; whether its series was known.
        func write(_ name: String, at time: Int64) throws -> Bool {
            let labels: Labels = ["__name__": name], wire = Array("on the wire: \(name)".utf8)
            var columns = SampleColumns()
            columns.times.append(time)
            columns.values.append(Double(time))
            var isKnown = false
            try database.append { batch in
                let id = batch.known(in: wire.span, at: [0..<wire.count])[0]
                isKnown = id != .unknown
                if isKnown {
                    batch.append(0..<1, of: columns, toKnown: id)
                } else {
                    batch.append(0..<1, of: columns, toStringForm: labels.stringForm.span, onWire: wire.span)
                }
            }
            return isKnown
        }
        #expect(try !write("x", at: 1))
        #expect(try write("x", at: 2))
        #expect(try !write("y", at: 700_000))
        database.maintain()  // x is sealed, quiet, and leaves memory
        #expect(try !write("z", at: 700_001))  // in the slot that x had
        #expect(try !write("x", at: 700_002))
        #expect(try write("x", at: 700_003) && write("y", at: 700_003) && write("z", at: 700_003))
        let contents = try Self.contents(database.readView())
        #expect(contents[["__name__": "x"]]?.map(\.timestamp.milliseconds) == [1, 2, 700_002, 700_003])
        #expect(contents[["__name__": "y"]]?.map(\.timestamp.milliseconds) == [700_000, 700_003])
        #expect(contents[["__name__": "z"]]?.map(\.timestamp.milliseconds) == [700_001, 700_003])
    }

    @Test func `judges samples by their series' newest one`() throws {
        var configuration = Self.manual()
        configuration.outOfOrderWindow = .zero
        let database = Database.inMemory(configuration)
        let labels: Labels = ["__name__": "x"]
        let summary = try database.append { batch in
            batch.append(1, at: Timestamp(milliseconds: 10), to: labels)
            batch.append(1, at: Timestamp(milliseconds: 10), to: labels)
            batch.append(2, at: Timestamp(milliseconds: 10), to: labels)
            batch.append(2, at: Timestamp(milliseconds: 9), to: labels)
            batch.append(3, at: Timestamp(milliseconds: 11), to: labels)
            batch.append(3, at: Timestamp(milliseconds: 11), to: [:])
        }
        #expect(summary.appended == 2 && summary.repeated == 1)
        #expect(summary.rejections == [.duplicateTimestamp: 1, .outOfOrder: 1, .invalidLabels: 1])
    }

    @Test func `shows a view what was there when it was opened, across appends and seals`() throws {
        let database = Database.inMemory(Self.manual())
        let labels: Labels = ["__name__": "x"]
        var views: [(ReadView, Int)] = []
        for index in 0..<1000 {
            if index % 7 == 0 { views.append((database.readView(), index)) }
            if index % 100 == 50 { try database.seal() }
            try database.append {
                $0.append(Double(index), at: Timestamp(milliseconds: Int64(index) * 15_000), to: labels)
            }
        }
        for (view, count) in views {
            let samples = try Self.contents(view)[labels] ?? []
            #expect(samples.count == count)
            #expect(samples.map(\.value) == (0..<count).map(Double.init))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `survives being reopened, with and without a seal`(seed: UInt64) throws {
        let files = MemoryFileSystem()
        var expected: [Labels: [Sample]] = [:]
        var generator = SeededGenerator(seed: seed)
        var time: Int64 = 0
        for _ in 0..<6 {
            let database = try Database(files: files, path: "/data", configuration: Self.manual())
            #expect(try Self.bits(Self.contents(database.readView())) == Self.bits(expected))
            for _ in 0..<30 {
                time += Int64.random(in: 1...600_000, using: &generator)
                try database.append { batch in
                    for number in 0..<Int.random(in: 1...40, using: &generator) {
                        let labels: Labels = ["__name__": "m\(number % 3)", "i": "\(number)"]
                        let value = Double(bitPattern: .random(in: 0 ... .max, using: &generator))
                        batch.append(value, at: Timestamp(milliseconds: time), to: labels)
                        expected[labels, default: []].append(
                            Sample(timestamp: Timestamp(milliseconds: time), value: value))
                    }
                }
                if Int.random(in: 0..<10, using: &generator) == 0 { try database.seal() }
            }
            #expect(try Self.bits(Self.contents(database.readView())) == Self.bits(expected))
            try database.close()
        }
    }

    static func bits(_ contents: [Labels: [Sample]]) -> [Labels: [UInt64]] {
        contents.mapValues { $0.flatMap { [UInt64(bitPattern: $0.timestamp.milliseconds), $0.value.bitPattern] } }
    }
}
