import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite("Blocks")
struct BlockTests {
    private func block(_ model: BlockModel) throws -> Block {
        let fileSystem = MemoryFileSystem()
        let summary = try model.write(to: fileSystem)
        return try Block.open(fileSystem: fileSystem, path: "block", summary: summary)
    }

    @Test("a block gives back the series that were written, in canonical order", arguments: 0..<20 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let model = BlockModel(
            seed: seed, count: [1, 2, 15, 16, 17, 200][Int(seed % 6)], maximumRows: seed % 4 == 0 ? 3000 : 300,
            collisions: seed % 5 == 0)
        let block = try block(model)
        try block.verify()
        let expected = model.canonical
        #expect(block.seriesCount == expected.count)
        #expect(block.summary.sampleCount == UInt64(expected.reduce(0) { $0 + $1.times.count }))
        #expect(block.summary.minTime == expected.map { $0.times[0] }.min())
        #expect(block.summary.maxTime == expected.map { $0.times.last! }.max())
        for (number, series) in expected.enumerated() {
            #expect(try block.fingerprint(of: UInt32(number)) == series.fingerprint)
            #expect(try block.labels(of: UInt32(number)) == series.labels)
            let decoded = try decode(block, UInt32(number))
            #expect(decoded.times == series.times)
            #expect(decoded.values == series.values)
        }
    }

    @Test("decoding takes what is in the range, both ends included", arguments: 0..<20 as Range<UInt64>)
    func ranges(seed: UInt64) throws {
        let model = BlockModel(seed: seed, count: 12, maximumRows: 2500)
        let block = try block(model)
        var random = SeededGenerator(seed: seed)
        for (number, series) in model.canonical.enumerated() {
            for _ in 0..<20 {
                let near = [series.times.randomElement(using: &random)!, series.times.randomElement(using: &random)!]
                let ends = near.map { $0.addingReportingOverflow(Int64.random(in: -1...1, using: &random)) }
                    .map { $0.overflow ? 0 : $0.partialValue }.sorted()
                let decoded = try decode(block, UInt32(number), in: ends[0]...ends[1])
                let rows = series.times.indices.filter { series.times[$0] >= ends[0] && series.times[$0] <= ends[1] }
                #expect(decoded.times == rows.map { series.times[$0] })
                #expect(decoded.values == rows.map { series.values[$0] })
                #expect((decoded.id == 0) == rows.isEmpty)
            }
        }
    }

    @Test("equal names of time columns mean equal times, and equal times that were added together have equal names")
    func timeColumnIDs() throws {
        let model = BlockModel(seed: 4, count: 150, maximumRows: 200)
        let block = try block(model)
        for range in [Int64.min ... .max, model.series[0].times[0]...Int64.max / 4] {
            var timesByID: [UInt64: [Int64]] = [:]
            var ids: Set<UInt64> = []
            for number in 0..<UInt32(block.seriesCount) {
                let decoded = try decode(block, number, in: range)
                guard decoded.id != 0 else { continue }
                #expect(timesByID[decoded.id] ?? decoded.times == decoded.times)
                timesByID[decoded.id] = decoded.times
                ids.insert(decoded.id)
            }
            // Four columns are shared by most series; the others have their own or a part of the first.
            #expect(ids.count < block.seriesCount * 3 / 4)
        }
    }

    @Test("decoding appends, and names only what it knows")
    func appending() throws {
        var model = BlockModel()
        let labels: Labels = ["a": "b"]
        model.series = [.init(labels: labels, fingerprint: 1, times: [10, 20, 30], values: [1, 2, 3])]
        let block = try block(model)
        var columns = SampleColumns()
        columns.times.append(5)
        columns.values.append(5)
        try block.decode(0, in: 0...20, into: &columns)
        #expect((0..<3).map { columns.times[$0] } == [5, 10, 20])
        #expect(columns.timeColumnID == 0)
        columns.removeAll()
        try block.decode(0, in: 0...10, into: &columns)
        let first = columns.timeColumnID
        try block.decode(0, in: 20...30, into: &columns)
        #expect((0..<3).map { columns.times[$0] } == [10, 20, 30])
        #expect(first != 0 && columns.timeColumnID != first && columns.timeColumnID != 0)
        let whole = try decode(block, 0)
        #expect(whole.id != columns.timeColumnID)
    }

    @Test(
        "matchers, label names and label values agree with a look at every series", arguments: 0..<16 as Range<UInt64>)
    func matchers(seed: UInt64) throws {
        let model = BlockModel(seed: seed, count: [30, 400, 1500][Int(seed % 3)], maximumRows: 2)
        let series = model.canonical.map(\.labels)
        let labels = series.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.value) }) }
        let block = try block(model)
        var generator = LabelGenerator(seed: seed &+ 77)
        for _ in 0..<60 {
            let matchers = try (0..<Int.random(in: 0...4, using: &generator.random)).map { _ in try generator.matcher()
            }
            let expected = series.indices.filter { number in matchers.allSatisfy { $0.matches(series[number]) } }
            #expect(try block.series(matching: matchers) == expected.map(UInt32.init), "\(matchers)")
            #expect(try MatcherPlanner.bound(matchers.map(TermSelection.init), in: block) >= expected.count)
            let name = LabelGenerator.names.randomElement(using: &generator.random)!
            let values = ByteOrder.union([expected.compactMap { labels[$0][name] }.map { Array($0.utf8) }, []])
            let found = try block.labelValues(of: name, matching: matchers)
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == values)
            #expect(try block.labelValues(of: name, matching: matchers, limit: 3) == Array(found.prefix(3)))
            let names = ByteOrder.union([Set(expected.flatMap { labels[$0].keys }).map { Array($0.utf8) }, []])
            #expect(try block.labelNames(matching: matchers).map { String(decoding: $0, as: UTF8.self) } == names)
        }
        #expect(try block.labelValues(of: "no such label") == [])
    }

    @Test("the terms with a prefix are those of the values that begin with it")
    func prefixes() throws {
        var model = BlockModel()
        let values = (0..<300).map { "v\($0)" } + ["", "w"].map { $0 + "x" }
        model.series = values.map { value in
            let labels: Labels = ["n": value]
            return .init(labels: labels, fingerprint: labels.fingerprint, times: [1], values: [2])
        }
        let block = try block(model)
        for prefix in ["", "v", "v1", "v29", "v300", "x", "w", "a", "z"] {
            let condition = ValueCondition(prefix: Array(prefix.utf8), matcher: nil, expected: true)
            let found = try block.terms(of: Array("n".utf8), accepting: condition, limits: nil)
            #expect(found.count == values.count { $0.hasPrefix(prefix) })
            for term in found {
                var series: [UInt32] = []
                try block.appendSeries(of: term, to: &series)
                #expect(series.count == 1 && block.seriesCount(of: term) == 1)
                #expect(try block.labels(of: series[0])["n"]?.hasPrefix(prefix) == true)
            }
        }
        for value in values {
            #expect(try block.term(Array("n".utf8), Array(value.utf8)) != nil)
            #expect(try block.term(Array("n".utf8), Array((value + "0").utf8)) == nil || values.contains(value + "0"))
        }
    }

    @Test("series with the same regular times cost a few bytes each")
    func sharedTimes() throws {
        var model = BlockModel()
        let times = (0..<240).map { Int64($0) * 15_000 }
        for number in 0..<1000 {
            let labels: Labels = ["__name__": "up", "instance": "host-\(number)"]
            model.series.append(
                .init(
                    labels: labels, fingerprint: labels.fingerprint, times: times,
                    values: Array(repeating: 0x3ff0 << 48, count: 240)))
        }
        let block = try block(model)
        #expect(block.summary.byteCount < 40 * 1000)
    }

    @Test("a block without series can be written and read")
    func empty() throws {
        let block = try block(BlockModel())
        try block.verify()
        #expect(try block.series(matching: []) == [])
        #expect(try block.labelNames() == [])
    }

    @Test("an unfinished writer leaves no file")
    func unfinished() throws {
        let fileSystem = MemoryFileSystem()
        do {
            let writer = try BlockWriter(fileSystem: fileSystem, path: "block", number: 1, lastSequence: 1, level: 0)
            #expect(try fileSystem.exists("block"))
            _ = consume writer
        }
        #expect(try !fileSystem.exists("block"))
    }

    @Test("blocks read the same from the system's files")
    func systemFiles() throws {
        let directory = TemporaryDirectory()
        let model = BlockModel(seed: 3, count: 100, maximumRows: 500)
        let path = directory.path + "/block"
        let summary = try model.write(to: POSIXFileSystem(), path)
        let block = try Block.open(fileSystem: POSIXFileSystem(), path: path, summary: summary)
        try block.verify()
        for (number, series) in model.canonical.enumerated() {
            #expect(try decode(block, UInt32(number)).values == series.values)
        }
    }

    @Test("an index of many pieces is the same whatever is in memory at once")
    func longIndex() throws {
        let model = BlockModel(seed: 4, count: 5000, maximumRows: 2)
        let files = MemoryFileSystem()
        for limit in [1, 7000, .max] {
            let summary = try model.write(to: files, "block-\(limit)", listLimit: limit)
            #expect(try files.open("block-\(limit)").readAll() == files.open("block-1").readAll())
            guard limit == 1 else { continue }
            let block = try Block.open(fileSystem: files, path: "block-1", summary: summary)
            try block.verify()
            #expect(block.seriesCount > 4000)
            for (number, series) in model.canonical.enumerated() {
                #expect(try block.fingerprint(of: UInt32(number)) == series.fingerprint)
                #expect(try block.labels(of: UInt32(number)) == series.labels)
            }
        }
    }
}
