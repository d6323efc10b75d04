import KTSDBModel
import KTSDBTesting

@testable import KTSDBEngine

/// What a block should hold, and the block written from it.
struct BlockModel {
    struct Series {
        var labels: Labels
        var fingerprint: UInt64
        var times: [Int64]
        var values: [UInt64]
        /// Histograms by row, and start times, if there are any.
        var histograms: [Int: Histogram] = [:]
        var starts: [Int64] = []
    }

    /// In the order in which they are added.
    var series: [Series] = []
    /// Exemplars of one series, and what metrics are.
    var exemplars: (labels: Labels, list: [StoredExemplar])?
    var metadata: [String: MetricMetadata] = [:]
    /// Where the samples come from.
    var origin: BlockOrigin?

    init() {}

    /// Up to `count` series: some share their times, begin late or end early, others have their own.
    init(seed: UInt64, count: Int, maximumRows: Int, collisions: Bool = false) {
        var labels = LabelGenerator(seed: seed)
        var samples = SampleGenerator(seed: seed &+ 1)
        let shared = (0..<4).map { _ in samples.times(Int.random(in: 1...maximumRows, using: &samples.random)) }
        for labelSet in labels.labelSets(count).shuffled(using: &labels.random) {
            var times: [Int64]
            switch Int.random(in: 0..<8, using: &samples.random) {
            case 0: times = samples.times(Int.random(in: 1...maximumRows, using: &samples.random))
            case 1: times = shared[0].suffix(Int.random(in: 1...shared[0].count, using: &samples.random))
            case 2: times = shared[0].prefix(Int.random(in: 1...shared[0].count, using: &samples.random)).map { $0 }
            default: times = shared.randomElement(using: &samples.random)!
            }
            series.append(
                Series(
                    labels: labelSet,
                    fingerprint: collisions ? labelSet.fingerprint % 3 : labelSet.fingerprint, times: times,
                    values: samples.values(times.count)))
        }
        if count >= 12 {
            addHistogram(at: shared[1], collisions, &samples.random)
            addNativeHistogram(at: shared[2], collisions, seed)
        }
    }

    /// Native histograms and floats by turns, with start times.
    private mutating func addNativeHistogram(at times: [Int64], _ collisions: Bool, _ seed: UInt64) {
        var generator = HistogramGenerator(seed: seed), random = SeededGenerator(seed: seed)
        let labels: Labels = ["__name__": "native"]
        var new = Series(
            labels: labels, fingerprint: collisions ? labels.fingerprint % 3 : labels.fingerprint, times: times,
            values: [])
        for row in times.indices {
            let histogram = generator.next()
            let isHistogram = random.below(10) > 0
            if isHistogram { new.histograms[row] = histogram }
            new.values.append(isHistogram ? 0 : random.next())
            new.starts.append(row > 0 && random.below(20) > 0 ? new.starts[row - 1] : Int64(random.below(5)))
        }
        series.append(new)
    }

    /// Five buckets of a histogram, one of which is off the others' track.
    private mutating func addHistogram(at times: [Int64], _ collisions: Bool, _ random: inout SeededGenerator) {
        var counts = [Double](repeating: 0, count: 5)
        var buckets = [[UInt64]](repeating: [], count: 5)
        for _ in times {
            for bucket in counts.indices {
                counts[bucket] += Double(random.below(bucket + 2))
                buckets[bucket].append((bucket == 3 ? counts[bucket] / 7 : counts[...bucket].reduce(0, +)).bitPattern)
            }
        }
        for (bucket, values) in buckets.enumerated() {
            let labels: Labels = ["__name__": "duration_bucket", "le": "\(Double(bucket) / 2)"]
            series.append(
                Series(
                    labels: labels, fingerprint: collisions ? labels.fingerprint % 3 : labels.fingerprint, times: times,
                    values: values))
        }
    }

    /// In the order of the block's numbers.
    var canonical: [Series] {
        series.sorted {
            $0.fingerprint != $1.fingerprint
                ? $0.fingerprint < $1.fingerprint
                : $0.labels.stringForm.lexicographicallyPrecedes($1.labels.stringForm)
        }
    }

    func write(
        to fileSystem: any FileSystem, _ path: String = "block", number: UInt64 = 7, lastSequence: UInt64 = 99,
        listLimit: Int = 1 << 22
    ) throws(FileError) -> BlockSummary {
        var writer = try BlockWriter(
            fileSystem: fileSystem, path: path, number: number, lastSequence: lastSequence, level: 0,
            listLimit: listLimit
        )
        for series in series {
            let values = series.values.map { Double(bitPattern: $0) }
            guard !series.histograms.isEmpty || !series.starts.isEmpty else {
                try writer.add(
                    series.labels, fingerprint: series.fingerprint, times: series.times.span, values: values.span)
                continue
            }
            var columns = SampleColumns()
            columns.times.append(series.times.span)
            columns.values.append(values.span)
            columns.startTimes.append(series.starts.span)
            for row in series.histograms.keys.sorted() { columns.histograms.append(series.histograms[row]!, row: row) }
            try writer.add(series.labels, fingerprint: series.fingerprint, columns, rows: 0..<series.times.count)
        }
        if let (labels, list) = exemplars {
            try writer.add(list, of: labels, fingerprint: labels.fingerprint)
        }
        writer.metadata = metadata
        writer.origin = origin
        return try writer.finish()
    }
}

/// The samples of a series in a block, as times and bits of values, and the name of the time column.
func decode(
    _ block: Block, _ series: UInt32, in range: ClosedRange<Int64> = .min ... .max
) throws -> (times: [Int64], values: [UInt64], id: UInt64) {
    var columns = SampleColumns()
    try block.decode(series, in: range, into: &columns)
    return (
        (0..<columns.times.count).map { columns.times[$0] },
        (0..<columns.values.count).map { columns.values[$0].bitPattern },
        columns.timeColumnID
    )
}
