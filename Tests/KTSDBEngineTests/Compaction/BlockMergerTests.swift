import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Merging the samples of blocks` {
    /// Writes the models as blocks of the commits 1, 2 and so on, merges them, and opens the result.
    static func merge(
        _ models: [BlockModel], sliceRows: Int = BlockMerger.sliceRows, on files: MemoryFileSystem = MemoryFileSystem()
    ) throws -> (block: Block, peak: Int) {
        var inputs: [Block] = []
        for (index, model) in models.enumerated() {
            let number = UInt64(index + 1)
            let summary = try model.write(to: files, "block-\(number)", number: number, lastSequence: number)
            inputs.append(try Block.open(fileSystem: files, path: "block-\(number)", summary: summary))
        }
        var writer = try BlockWriter(
            fileSystem: files, path: "merged", number: 100, lastSequence: UInt64(models.count), level: 1,
            threshold: ColumnEncoder.small)
        var merger = BlockMerger(inputs.shuffled(), sliceRows: sliceRows)
        try merger.write(to: &writer) { _, _ in true }
        let peak = merger.peakByteCount
        let summary = try writer.finish()
        return (try Block.open(fileSystem: files, path: "merged", summary: summary), peak)
    }

    /// The series in canonical order: of samples at one time the first model's counts.
    static func expected(_ models: [BlockModel]) -> [BlockModel.Series] {
        var samples: [Labels: [Int64: (bits: UInt64, histogram: Histogram?, start: Int64)]] = [:]
        var fingerprints: [Labels: UInt64] = [:]
        for series in models.flatMap(\.series) {
            fingerprints[series.labels] = series.fingerprint
            for (row, time) in series.times.enumerated() where samples[series.labels]?[time] == nil {
                samples[series.labels, default: [:]][time] = (
                    series.values[row], series.histograms[row], series.starts.isEmpty ? 0 : series.starts[row]
                )
            }
        }
        var merged = BlockModel()
        for (labels, values) in samples {
            let times = values.keys.sorted()
            var series = BlockModel.Series(
                labels: labels, fingerprint: fingerprints[labels]!, times: times, values: times.map { values[$0]!.bits }
            )
            series.starts = times.map { values[$0]!.start }
            for (row, time) in times.enumerated() { series.histograms[row] = values[time]!.histogram }
            merged.series.append(series)
        }
        return merged.canonical
    }

    static func check(_ block: Block, _ expected: [BlockModel.Series]) throws {
        try block.verify()
        #expect(block.seriesCount == expected.count)
        for (number, series) in expected.enumerated() {
            let found = try decode(block, UInt32(number))
            let labels = try block.labels(of: UInt32(number)), fingerprint = try block.fingerprint(of: UInt32(number))
            #expect(labels == series.labels && fingerprint == series.fingerprint)
            #expect(found.times == series.times && found.values == series.values)
            var columns = SampleColumns()
            try block.decode(UInt32(number), in: .min ... .max, into: &columns)
            #expect(columns.histograms.rows.map(Int.init) == series.histograms.keys.sorted())
            #expect(
                columns.histograms.values.map(\.words)
                    == series.histograms.sorted { $0.key < $1.key }.map(\.value.words))
            let starts = (0..<columns.startTimes.count).map { columns.startTimes[$0] }
            let expectedStarts = series.starts.contains { $0 != 0 } ? series.starts : []
            #expect(starts == expectedStarts)
        }
    }

    /// Blocks in which some series are the same, at other times, at the same times, and at some of the same times.
    static func models(_ seed: UInt64, collisions: Bool) -> [BlockModel] {
        var random = SeededGenerator(seed: seed)
        var models = [BlockModel(seed: seed, count: 20, maximumRows: 1500, collisions: collisions)]
        for round in 1...(1 + random.below(3)) {
            var model = BlockModel(
                seed: seed &+ UInt64(round) &* 1000, count: 12, maximumRows: 700, collisions: collisions)
            let own = Set(model.series.map(\.labels))
            for old in models[0].series where random.oneIn(2) && !own.contains(old.labels) {
                var again = old
                let kept = old.times.indices.filter { _ in !random.oneIn(3) }
                again.times = kept.map { old.times[$0] &+ (random.oneIn(3) ? 1 : 0) }
                again.times = Array(Set(again.times)).sorted()
                again.values = again.times.map { _ in random.next() }
                if !again.times.isEmpty { model.series.append(again) }
            }
            models.append(model)
        }
        return models
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `keeps every sample bit for bit, and of two at one time the older`(seed: UInt64) throws {
        let models = Self.models(seed, collisions: seed % 3 == 0)
        let expected = Self.expected(models)
        try Self.check(try Self.merge(models).block, expected)
        try Self.check(try Self.merge(models, sliceRows: 100).block, expected)
    }

    @Test func `keeps what belongs together on the same pages, and the buckets of histograms small`() throws {
        var parts = [BlockModel(), BlockModel()], whole = BlockModel()
        var random = SeededGenerator(seed: 5)
        for target in 0..<30 {
            let times = (0..<960).map { Int64($0) * 15_000 + Int64(random.below(5)) + Int64(target) }
            var counts = [Double](repeating: 0, count: 10)
            var buckets = [[UInt64]](repeating: [], count: 10)
            for row in times.indices {
                counts[min(random.below(8), random.below(8)) + 1] += row > 500 ? 1 : 0
                var sum = 0.0
                for bucket in counts.indices {
                    sum += counts[bucket]
                    buckets[bucket].append(sum.bitPattern)
                }
            }
            for (bucket, values) in buckets.enumerated() {
                let labels: Labels = [
                    "__name__": "latency_bucket", "le": "\(bucket)", "instance": "host-\(target)", "job": "a",
                ]
                let series = BlockModel.Series(
                    labels: labels, fingerprint: labels.fingerprint, times: times, values: values)
                whole.series.append(series)
                for (index, rows) in [0..<480, 480..<960].enumerated() {
                    var part = series
                    part.times = Array(times[rows])
                    part.values = Array(values[rows])
                    parts[index].series.append(part)
                }
            }
        }
        let merged = try Self.merge(parts).block
        try Self.check(merged, whole.canonical)
        // As if the writer had had all samples at once, in the order of the targets; balanced against small.
        let files = MemoryFileSystem()
        let direct = try Block.open(fileSystem: files, path: "block", summary: whole.write(to: files))
        #expect(try merged.sampleByteCount() <= direct.sampleByteCount() * 101 / 100)
    }

    @Test func `holds one slice of a long series at a time`() throws {
        var model = BlockModel(), later = BlockModel()
        let labels: Labels = ["__name__": "x"], bucket: Labels = ["__name__": "x_bucket", "le": "1"]
        for labels in [labels, bucket] {
            let times = (0..<300_000).map { Int64($0) * 10 }
            model.series.append(
                .init(
                    labels: labels, fingerprint: labels.fingerprint, times: times,
                    values: times.map { Double($0 % 17).bitPattern }))
            later.series.append(
                .init(
                    labels: labels, fingerprint: labels.fingerprint, times: times.map { $0 + 1_500_005 },
                    values: times.map { Double($0 % 13).bitPattern }))
        }
        let (block, peak) = try Self.merge([model, later], sliceRows: 1 << 14)
        try Self.check(block, Self.expected([model, later]))
        // 8 MiB are times that may come again; all samples of one series would be 9 MiB more.
        #expect(peak < 9 << 20)
    }

    @Test func `names the block that cannot be read`() throws {
        let models = Self.models(7, collisions: false)
        let files = MemoryFileSystem()
        var inputs: [Block] = []
        for number in 1...2 {
            let summary = try models[number - 1].write(
                to: files, "block-\(number)", number: UInt64(number), lastSequence: UInt64(number))
            inputs.append(try Block.open(fileSystem: files, path: "block-\(number)", summary: summary))
        }
        // All pages of the second block.
        var bytes = try files.open("block-2").readAll()
        for index in 32..<(bytes.count - inputs[1].indexByteCount) { bytes[index] ^= 1 }
        let damaged = try files.create("damaged")
        try unsafe damaged.writeAll(bytes.span.bytes)
        inputs[1] = try Block.open(fileSystem: files, path: "damaged", summary: inputs[1].summary)
        var writer = try BlockWriter(
            fileSystem: files, path: "result", number: 3, lastSequence: 2, level: 1, threshold: ColumnEncoder.small)
        var merger = BlockMerger(inputs)
        var named: UInt64?
        do throws(CompactionFailure) { try merger.write(to: &writer) { _, _ in true } } catch {
            if case .input(let number, _) = error { named = number }
        }
        #expect(named == 2)
    }
}
