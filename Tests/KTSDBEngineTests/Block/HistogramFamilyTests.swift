import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite("Classic histograms in blocks")
struct HistogramFamilyTests {
    private static let bounds = ["0.005", "0.01", "0.1", "0.5", "1", "2.5", "10", "+Inf"]

    /// The buckets of one histogram, its count and a series that is none of it.
    private func model(
        _ seed: UInt64, rows: Int, _ change: (inout [[UInt64]], inout SeededGenerator) -> Void = { _, _ in }
    ) -> BlockModel {
        var random = SeededGenerator(seed: seed)
        var buckets = [[UInt64]](repeating: [], count: Self.bounds.count)
        var counts = [Int](repeating: 0, count: Self.bounds.count)
        for _ in 0..<rows {
            for _ in 0..<random.below(20) {
                let hit = min(random.below(8), random.below(8))
                for bound in hit..<counts.count { counts[bound] += 1 }
            }
            for bound in counts.indices { buckets[bound].append(Double(counts[bound]).bitPattern) }
        }
        change(&buckets, &random)
        var model = BlockModel()
        let times = (0..<Int64(rows)).map { 1000 + $0 * 15_000 + Int64(random.below(3)) }
        func add(_ labels: Labels, _ values: [UInt64]) {
            model.series.append(.init(labels: labels, fingerprint: labels.fingerprint, times: times, values: values))
        }
        for (bound, values) in zip(Self.bounds, buckets) {
            add(["__name__": "request_bucket", "le": bound, "path": "/"], values)
        }
        add(["__name__": "request_count", "path": "/"], buckets[buckets.count - 1])
        add(["__name__": "other", "path": "/"], buckets[0])
        return model
    }

    private func check(_ model: BlockModel) throws -> BlockSummary {
        let fileSystem = MemoryFileSystem()
        let summary = try model.write(to: fileSystem)
        let block = try Block.open(fileSystem: fileSystem, path: "block", summary: summary)
        try block.verify()
        for (number, series) in model.canonical.enumerated() {
            let decoded = try decode(block, UInt32(number))
            #expect(decoded.times == series.times)
            #expect(decoded.values == series.values, "\(series.labels)")
            let middle = series.times[series.times.count / 3]...series.times[series.times.count / 2]
            let rows = series.times.indices.filter { middle.contains(series.times[$0]) }
            #expect(try decode(block, UInt32(number), in: middle).values == rows.map { series.values[$0] })
        }
        return summary
    }

    @Test("buckets come back in any order, and take less room than apart", arguments: 0..<10 as Range<UInt64>)
    func buckets(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = model(seed, rows: [1, 2, 3, 240, 480, 1024, 1025, 2500][Int(seed) % 8])
        if seed % 2 == 1 { model.series.shuffle(using: &random) }
        let together = try check(model)
        for index in model.series.indices {
            let name = "gauge_\(index)"
            model.series[index].labels = ["__name__": name, "path": "/"]
            model.series[index].fingerprint = model.series[index].labels.fingerprint
        }
        let apart = try check(model)
        if model.series[0].times.count >= 240, seed % 2 == 0 {
            #expect(together.byteCount * 10 < apart.byteCount * 9)
        }
    }

    @Test("resets, stale markers, missing and odd values come back", arguments: 0..<12 as Range<UInt64>)
    func odd(seed: UInt64) throws {
        let model = model(seed, rows: 300) { buckets, random in
            let row = random.below(300)
            switch seed % 6 {
            case 0: for bound in buckets.indices { buckets[bound][299] = 0x7ff0_0000_0000_0002 }
            case 1: buckets[random.below(8)][row] = SampleGenerator.unusualValues.randomElement(using: &random)!
            case 2:
                for bound in buckets.indices {
                    let before = Double(bitPattern: buckets[bound][row])
                    for later in row..<300 {
                        buckets[bound][later] = (Double(bitPattern: buckets[bound][later]) - before).bitPattern
                    }
                }
            case 3: buckets[random.below(8)] = (0..<300).map { _ in random.next() }
            case 4: buckets[4] = (0..<300).map { _ in Double(random.below(100)).bitPattern }
            default:
                for bound in buckets.indices {
                    for other in 0..<300 where random.oneIn(3) {
                        buckets[bound][other] = SampleGenerator.unusualValues.randomElement(using: &random)!
                    }
                }
            }
        }
        _ = try check(model)
    }

    @Test("buckets of other rows, without a bound or of another histogram are not mixed up")
    func strangers() throws {
        var model = model(1, rows: 200)
        model.series[2].times = model.series[2].times.map { $0 + 1 }
        model.series[3].times.removeLast(20)
        model.series[3].values.removeLast(20)
        model.series[4].times.removeFirst(20)
        model.series[4].values.removeFirst(20)
        for (index, labels) in [
            (5, ["__name__": "request_bucket", "path": "/"]),
            (6, ["__name__": "request_bucket", "le": "x", "path": "/"]),
            (7, ["__name__": "request_bucket", "le": "+Inf", "path": "/b"]),
        ] as [(Int, Labels)] {
            model.series[index].labels = labels
            model.series[index].fingerprint = labels.fingerprint
        }
        _ = try check(model)
    }
}
