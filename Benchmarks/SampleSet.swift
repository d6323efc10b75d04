internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBTesting

/// Series to be encoded and written to a block.
struct SampleSet {
    var name: String
    var labels: [Labels] = []
    var times: [[Int64]] = []
    var values: [[Double]] = []

    var sampleCount: Int { times.reduce(0) { $0 + $1.count } }

    mutating func append(_ labels: Labels, _ times: [Int64], _ values: [Double]) {
        self.labels.append(labels)
        self.times.append(times)
        self.values.append(values)
    }
}

// MARK: Files

extension SampleSet {
    /// Returns the sets in those files of a directory whose names end in `.col` or `.col.xz`.
    static func directory(_ path: String) -> [SampleSet] {
        guard let names = try? POSIXFileSystem().list(path) else {
            print("\(path): no such directory")
            return []
        }
        return names.sorted().filter { $0.hasSuffix(".col") || $0.hasSuffix(".col.xz") }.compactMap { name in
            guard let set = columnFile("\(path)/\(name)") else {
                print("\(path)/\(name): cannot be read as a file of columns")
                return nil
            }
            return set
        }
    }

    /// Reads a column file: `KCOL1\0\0\0`, u32 number of series, and for each series: u16 length and bytes of its
    /// exposed name, u32 number of samples, that many i64 times and f64 values; all little-endian. A file whose name
    /// ends in `.xz` is read through the `xz` command.
    private static func columnFile(_ path: String) -> SampleSet? {
        let bytes = path.hasSuffix(".xz") ? decompressed(path) : try? POSIXFileSystem().open(path).readAll()
        guard let bytes, bytes.starts(with: Array("KCOL1".utf8)) else { return nil }
        var position = 8
        func number(_ size: Int) -> UInt64? {
            guard position + size <= bytes.count else { return nil }
            defer { position += size }
            return (0..<size).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
        }
        var set = SampleSet(name: String(path.split(separator: "/").last!.split(separator: ".").first ?? "?"))
        guard let count = number(4) else { return nil }
        for _ in 0..<count {
            guard let length = number(2).map(Int.init), position + length <= bytes.count else { return nil }
            let name = String(decoding: bytes[position..<(position + length)], as: UTF8.self)
            position += length
            guard let rows = number(4).map(Int.init), position + rows * 16 <= bytes.count else { return nil }
            let times = (0..<rows).compactMap { _ in number(8).map(Int64.init(bitPattern:)) }
            let values = (0..<rows).compactMap { _ in number(8).map(Double.init(bitPattern:)) }
            set.append(labels(exposed: name), times, values)
        }
        return set
    }

    private static func decompressed(_ path: String) -> [UInt8]? {
        guard let pipe = unsafe popen("xz --decompress --stdout -- '\(path)'", "r") else { return nil }
        defer { unsafe pclose(pipe) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, pipe)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Parses `name{label="value",...}`.
    private static func labels(exposed text: String) -> Labels {
        let parts = text.split(separator: "{", maxSplits: 1)
        var pairs = [("__name__", String(parts[0]))]
        guard parts.count > 1 else { return Labels(pairs) }
        var rest = parts[1]
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].drop { $0 == "," || $0 == " " }
            var value = "", isEscaped = false
            rest = rest[equals...].dropFirst(2)
            while let next = rest.popFirst(), isEscaped || next != "\"" {
                isEscaped = !isEscaped && next == "\\"
                value.append(next)
            }
            pairs.append((String(name), value))
        }
        return Labels(pairs)
    }
}

// MARK: Synthetic data

/// Generates typical monitoring data from a seed.
struct SampleSynthesizer {
    static let rows = 2048
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Makes integers from 0 to 100 that walk by normally distributed steps, exactly every ten seconds, as in the Time
    /// Series Benchmark Suite.
    static func integers() -> SampleSet {
        var source = SampleSynthesizer(seed: 1)
        var set = SampleSet(name: "TSBS-like integers")
        let times = (0..<Int64(rows)).map { 1_790_000_000_000 + $0 * 10_000 }
        for number in 0..<200 {
            let values = source.walk().map { $0.rounded(.towardZero) }
            set.append(["__name__": "cpu_\(number % 10)", "host": "host_\(number / 10)"], times, values)
        }
        return set
    }

    /// Makes the same walk with two decimals.
    static func decimals() -> SampleSet {
        var source = SampleSynthesizer(seed: 2)
        var set = SampleSet(name: "two-decimal gauges")
        let times = source.scrapeTimes()
        for number in 0..<100 {
            let values = source.walk().map { ($0 * 100).rounded() / 100 }
            set.append(["__name__": "usage_\(number % 10)", "host": "host_\(number / 10)"], times, values)
        }
        return set
    }

    /// Makes counters of requests, from one in minutes to hundreds per second, more of them by day than by night; some
    /// restart.
    static func counters() -> SampleSet {
        var source = SampleSynthesizer(seed: 3)
        var set = SampleSet(name: "counters")
        for instance in 0..<10 {
            let times = source.scrapeTimes()
            for number in 0..<10 {
                let rate = 15 * exp(source.uniform() * 9.9 - 4.6)
                var total = 0.0
                let restart = source.random.oneIn(8) ? source.random.below(rows) : rows
                let values = (0..<rows).map { row in
                    if row == restart { total = 0 }
                    total += source.poisson(rate * day(row))
                    return total
                }
                set.append(
                    ["__name__": "requests_total", "instance": "\(instance)", "path": "\(number)"], times, values)
            }
        }
        return set
    }

    /// Makes histograms of request durations, log-normally distributed, in the usual twelve buckets.
    static func histograms() -> SampleSet {
        var source = SampleSynthesizer(seed: 4)
        var set = SampleSet(name: "classic histograms")
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, .infinity]
        for instance in 0..<4 {
            let times = source.scrapeTimes()
            for path in 0..<6 {
                let rate = 15 * exp(source.uniform() * 8 - 4.6), median = exp(-5 + source.uniform() * 4.4)
                var counts = [Double](repeating: 0, count: bounds.count)
                var buckets = [[Double]](repeating: [], count: bounds.count)
                for row in 0..<rows {
                    for _ in 0..<Int(source.poisson(rate * day(row))) {
                        let duration = median * exp(0.8 * source.normal())
                        counts[bounds.firstIndex { duration <= $0 }!] += 1
                    }
                    var total = 0.0
                    for bucket in bounds.indices {
                        total += counts[bucket]
                        buckets[bucket].append(total)
                    }
                }
                for (bound, values) in zip(bounds, buckets) {
                    let labels: Labels = [
                        "__name__": "duration_seconds_bucket", "instance": "\(instance)",
                        "le": bound.isInfinite ? "+Inf" : "\(bound)", "path": "\(path)",
                    ]
                    set.append(labels, times, values)
                }
            }
        }
        return set
    }

    private mutating func uniform() -> Double { Double.random(in: 0..<1, using: &random) }

    private mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }

    private mutating func poisson(_ mean: Double) -> Double {
        guard mean < 30 else { return max(0, (mean + normal() * mean.squareRoot()).rounded()) }
        var count = 0.0, product = uniform()
        let limit = exp(-mean)
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }

    private mutating func walk() -> [Double] {
        var value = uniform() * 100
        return (0..<Self.rows).map { _ in
            value = min(max(value + normal(), 0), 100)
            return value
        }
    }

    /// Returns times every 15 seconds; one scrape in fourteen is some milliseconds early or late.
    private mutating func scrapeTimes() -> [Int64] {
        let start = 1_790_000_000_000 + Int64(random.below(15_000))
        return (0..<Int64(Self.rows)).map {
            start + $0 * 15_000 + (random.oneIn(14) ? Int64(random.below(33) - 8) : 0)
        }
    }

    /// Returns the load at this scrape, from 0.35 to 1.
    private static func day(_ row: Int) -> Double { 0.35 + 0.65 * max(0, sin(Double(row) / 5760 * 2 * .pi - 0.2)) }
}
