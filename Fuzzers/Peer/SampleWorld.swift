import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Random series that two systems are queried about.
///
/// Prometheus 2 includes a sample at the left end of a window and Prometheus 3 does not, so no sample may be at an end:
/// the times of all samples are off the full second, and the ends of all windows are on it. Wherever the order of
/// additions differs, values are multiples of an eighth, whose sums are exact in any order. Counters stay far above
/// zero: each increase is small compared with the counter, and a reset takes at least a quarter of it. So `rate` never
/// extrapolates back to zero, which the two versions do in a different order.
struct SampleWorld {
    struct Series {
        var labels: Labels
        var samples: [Sample] = []
        /// The samples that are histograms, by their index in `samples`, where their values are meaningless.
        var histograms: [Int: WrittenHistogram] = [:]
    }

    struct WrittenHistogram {
        var histogram: Histogram
        /// Whether counts are written as floats.
        var isFloat: Bool
    }

    /// A sample of the series with the number `series`.
    struct Row {
        var series: Int
        var sample: Sample
        var histogram: WrittenHistogram?
        /// Whether the series contains histograms.
        var isAmongHistograms: Bool
    }

    /// The first time, in milliseconds: a multiple of all steps in questions.
    static let start: Int64 = 1_600_000_200_000
    static let hours: Int64 = 3

    private(set) var series: [Series] = []

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for job in ["a", "b", "c"] {
            let instances = 1 + random.below(4)
            for instance in 0..<instances {
                let target = ["job": job, "instance": "\(instance)"]
                add("g", target, &random) { random, _ in Double(random.below(4001) - 2000) / 8 }
                add("n", target, &random) { random, _ in Double(random.below(5)) }
                add("d", target, &random) { random, _ in Double.random(in: -100...100, using: &random) }
                add("w", target, &random) { random, _ in
                    random.pick([.nan, .infinity, -.infinity, -0.0, 0, 1, -1, 1e6, -1e6, 0.125, 3])
                }
                add("up", target, &random) { random, _ in random.oneIn(10) ? 0 : 1 }
                for zone in ["x", "y"] where random.oneIn(2) {
                    add("z", target.merging(["zone": zone]) { $1 }, &random) { random, _ in Double(random.below(9)) }
                }
                addCounter("c_total", target, &random)
                if instance == 0 { addHistogram(target, &random) }
            }
        }
        add("one", [:], &random) { _, _ in 1 }
        // These have a generator of their own, so that the floats are the same with and without them.
        var histograms = SeededGenerator(seed: seed ^ 0x6869_7374)
        let layout =
            histograms.oneIn(2)
            ? HistogramSeries.Layout.anySchema : .schema(Int32(histograms.pick([0, 0, 1, 2, 3, -1, 5, 8])))
        for job in ["a", "b", "c"] {
            for instance in 0..<(1 + histograms.below(2)) {
                addNativeHistograms(["job": job, "instance": "\(instance)"], layout, &histograms)
            }
        }
    }

    /// Adds counters (`h`, `hf`), gauges (`hg`, `hgf`), small counters (`hs`, `hsf`), and counters that alternate with
    /// floats (`hx`, `hxf`): with integer counts and with float counts. No metric has both, because in a window of
    /// Prometheus 2.42, each histogram with integer counts after one with float counts looks like the earlier one (its
    /// `sampleRingIterator` keeps it).
    private mutating func addNativeHistograms(
        _ target: [String: String], _ layout: HistogramSeries.Layout, _ random: inout SeededGenerator
    ) {
        for (suffix, isFloat) in [("", false), ("f", true)] {
            func source(_ kind: HistogramSeries.Kind) -> HistogramSeries {
                HistogramSeries(kind, layout, isFloat: isFloat, seed: random.next())
            }
            addHistograms("h" + suffix, target, [source(.counter)], &random)
            addHistograms("hg" + suffix, target, [source(.gauge)], &random)
            addHistograms("hs" + suffix, target, [source(.small)], &random)
            addHistograms("hx" + suffix, target, [source(.counter), source(.small), nil], &random)
        }
    }

    /// Adds a series that changes between sources now and then; nil means floats.
    private mutating func addHistograms(
        _ name: String, _ labels: [String: String], _ sources: [HistogramSeries?], _ random: inout SeededGenerator
    ) {
        let all = labels.merging(["__name__": name]) { $1 }
        var series = Series(labels: Labels(all.map { ($0, $1) })), sources = sources
        var source = random.below(sources.count), last = 1e9
        for time in times(&random) {
            if random.oneIn(20) { source = random.below(sources.count) }
            last += Double(random.below(80)) / 8
            var value = last
            if random.oneIn(150) {
                value = .staleMarker
            } else if let histogram = sources[source]?.next() {
                series.histograms[series.samples.count] = WrittenHistogram(
                    histogram: histogram, isFloat: sources[source]!.isFloat)
            }
            series.samples.append(Sample(timestamp: Timestamp(milliseconds: time), value: value))
        }
        self.series.append(series)
    }

    private mutating func addCounter(_ name: String, _ labels: [String: String], _ random: inout SeededGenerator) {
        add(name, labels, &random) { random, last in
            let last = last ?? Double(1_000_000_000 + random.below(1_000_000))
            if random.oneIn(60) { return (last * Double(50 + random.below(26)) / 100).rounded() }
            return last + Double(random.below(100)) / 8
        }
    }

    private mutating func addHistogram(_ labels: [String: String], _ random: inout SeededGenerator) {
        let times = times(&random)
        var counts = [1_000_000.0, 1_200_000, 1_500_000, 1_600_000, 1_600_500]
        var columns: [[Sample]] = counts.map { _ in [] }
        for time in times {
            let first = random.below(counts.count), added = Double(random.below(50))
            for place in first..<counts.count { counts[place] += added }
            for place in counts.indices {
                columns[place].append(Sample(timestamp: Timestamp(milliseconds: time), value: counts[place]))
            }
        }
        for (bound, samples) in zip(["0.1", "0.5", "1", "10", "+Inf"], columns) {
            let all = labels.merging(["__name__": "b_bucket", "le": bound]) { $1 }
            series.append(Series(labels: Labels(all.map { ($0, $1) }), samples: samples))
        }
    }

    private mutating func add(
        _ name: String, _ labels: [String: String], _ random: inout SeededGenerator,
        _ value: (inout SeededGenerator, Double?) -> Double
    ) {
        var samples: [Sample] = [], last: Double?
        for time in times(&random) {
            let isMarker = random.oneIn(150)
            if !isMarker { last = value(&random, last) }
            samples.append(
                Sample(timestamp: Timestamp(milliseconds: time), value: isMarker ? .staleMarker : last!))
        }
        let all = labels.merging(["__name__": name]) { $1 }
        series.append(Series(labels: Labels(all.map { ($0, $1) }), samples: samples))
    }

    /// Returns times of scrapes with a little jitter and with gaps, from a random beginning to a random end.
    private func times(_ random: inout SeededGenerator) -> [Int64] {
        let interval = Int64(random.pick([15, 15, 30, 60])) * 1000
        let all = Self.hours * 3_600_000
        var time = random.oneIn(4) ? Int64(random.below(Int(all))) : Int64(random.below(60)) * 1000
        let end = random.oneIn(4) ? Int64(random.below(Int(all))) : all
        time -= time % 1000
        var times: [Int64] = []
        while time < end {
            times.append(Self.start + time + 100 + Int64(random.below(300)))
            time += random.oneIn(40) ? interval * Int64(2 + random.below(30)) : interval
        }
        return times
    }

    /// All samples in order of time.
    var byTime: [Row] {
        series.enumerated().flatMap { number, series in
            series.samples.enumerated().map {
                Row(
                    series: number, sample: $1, histogram: series.histograms[$0],
                    isAmongHistograms: !series.histograms.isEmpty)
            }
        }
        .sorted { $0.sample.timestamp < $1.sample.timestamp }
    }

    /// Creates a database in memory with the samples, the older ones in blocks.
    func database() throws -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.openByteLimit = 1
        let database = Database.inMemory(configuration)
        let all = byTime
        for part in [all[..<(all.count / 2)], all[(all.count / 2)...]] {
            let summary = try database.append { batch in
                for row in part {
                    let time = row.sample.timestamp, labels = series[row.series].labels
                    if let histogram = row.histogram?.histogram {
                        batch.append(histogram, at: time, to: labels)
                    } else {
                        batch.append(row.sample.value, at: time, to: labels)
                    }
                }
            }
            precondition(summary.rejections.isEmpty, "Every sample is taken.")
            if part.startIndex == 0 { database.maintain() }
        }
        return database
    }
}
