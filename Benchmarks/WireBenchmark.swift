import CLibrary
import KTSDBModel
import KTSDBTesting
import PrometheusWire

/// Measures conversions between bytes and values: scrape bodies, remote write requests, answers and numbers. Best of
/// several runs, one thread.
///
/// Data: scrape bodies of counters, gauges and histograms of 12 buckets with two to three labels, 10,000 samples each;
/// requests of 2,000 series with seven labels; matrices of 500 series with 240 points.
func runWireBenchmark() {
    print("wire                                                ns/item         MB/s")
    benchmarkPages()
    benchmarkRequests()
    benchmarkNumbers()
    benchmarkAnswers()
}

/// Runs `body` until the best time is stable enough, and prints it per item.
private func measure(_ name: String, items: Int, bytes: Int = 0, runs: Int = 9, _ body: () -> Void) {
    var best = Int64.max
    for _ in 0..<runs {
        let start = nanoseconds()
        body()
        best = min(best, nanoseconds() - start)
    }
    let perItem = Double(best) / Double(items)
    let rate = bytes == 0 ? "" : "\(Int(Double(bytes) * 1000 / Double(best)))"
    let rounded = "\((perItem * 10).rounded() / 10)"
    print(left(name, 48) + right(rounded, 11) + right(rate, 13))
}

/// Returns this thread's processor time, so that other work on the machine counts little.
private func nanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

private func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

/// Keeps results alive.
@inline(never)
private func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }

// MARK: Scrape bodies

/// Makes the scrape bodies of one target, scrape after scrape: the same series, with values that change.
private func makePages(series: Int, count: Int) -> [[UInt8]] {
    var random = SeededGenerator(seed: 1)
    var lines: [(prefix: String, step: Double, start: Double, isWhole: Bool)] = []
    let bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]
    var family = 0
    while lines.count < series {
        let shape = family % 4
        let kind = ["requests_total", "queue_length", "bytes_total", "duration_seconds"][shape]
        let name = "bench_\(kind)_\(family / 4)"
        var head =
            "# HELP \(name) What the benchmark counts, number \(family).\n"
            + "# TYPE \(name) \(["counter", "gauge", "counter", "histogram"][shape])\n"
        for path in 0..<(shape < 3 ? 8 : 2) {
            let labels = "method=\"\(["GET", "POST"][path % 2])\",path=\"/api/v1/resource/\(path / 2)\""
            if shape == 3 {
                for (rank, bound) in bounds.enumerated() {
                    lines.append(
                        ("\(head)\(name)_bucket{\(labels),le=\"\(bound)\"} ", Double(rank + 1), Double(rank * 10), true)
                    )
                    head = ""
                }
                lines.append(("\(name)_sum{\(labels)} ", 3.7, 12.5, false))
                lines.append(("\(name)_count{\(labels)} ", 12, 110, true))
            } else {
                let status = shape == 0 ? ",status=\"\([200, 404, 500][path % 3])\"" : ""
                let step = Double(Int.random(in: 1...2000, using: &random))
                let start = Double(Int.random(in: 0...1_000_000, using: &random))
                lines.append(("\(head)\(name){\(labels)\(status)} ", step, start, shape != 1))
                head = ""
            }
        }
        family += 1
    }
    return (0..<count).map { number in
        var page = ""
        for line in lines.prefix(series) {
            let value = line.start + line.step * Double(number)
            page += line.prefix
            page += line.isWhole ? "\(Int(value))\n" : "\(value + Double.random(in: 0..<1, using: &random))\n"
        }
        return Array(page.utf8)
    }
}

private func benchmarkPages() {
    let count = 10_000
    let pages = makePages(series: count, count: 2)
    let bytes = pages[1].count
    var samples = ScrapedSamples()
    measure("first scrape of a target, per line", items: count, bytes: bytes, runs: 5) {
        var cache = ScrapeCache<UInt64>()
        let page = pages[0]
        _ = try? cache.scrape(page.span, format: .text, into: &samples) { series in
            UInt64(series.labels.stringForm.count)
        }
    }
    var cache = ScrapeCache<UInt64>()
    var stale = Column<UInt32>(), added = Column<UInt32>()
    func scrape(_ page: [UInt8]) {
        _ = try? cache.scrape(page.span, format: .text, into: &samples) { _ in 0 }
        cache.finish(isStored: true, stale: &stale, added: &added)
    }
    scrape(pages[0])
    measure("known lines, in the order of the last page", items: count * 20, bytes: bytes * 20) {
        for round in 0..<20 { scrape(pages[round & 1]) }
    }
    var random = SeededGenerator(seed: 2)
    let shuffled = (0..<2).map { _ in
        Array(pages[1].split(separator: 10).filter { $0.first != 35 }.shuffled(using: &random).joined(separator: [10]))
            + [10]
    }
    measure("known lines, in random order", items: count * 4, bytes: bytes * 4) {
        for round in 0..<4 { scrape(shuffled[round & 1]) }
    }
    measure("events without a cache, labels made", items: count, bytes: bytes, runs: 5) {
        var parser = ExpositionParser(format: .text)
        let page = pages[1]
        while let event = try? parser.next(in: page.span) {
            if case .sample = event { keep(try? parser.labels(in: page.span)) }
        }
    }
    keep(samples.count)
    benchmarkMessages(count)
}

/// Makes bodies in protobuf with as many samples as ``makePages(series:count:)`` makes: three families of numbers, then
/// one of histograms.
private func makeMessages(series: Int, count: Int) -> [[UInt8]] {
    let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
    return (0..<count).map { number in
        var page: [UInt8] = [], samples = 0, family = 0
        while samples < series {
            let isHistogram = family % 4 == 3
            var message = MetricFamilyBytes(
                "bench_\(family)", isHistogram ? .histogram : .counter,
                help: "What the benchmark counts, number \(family).")
            for path in 0..<(isHistogram ? 2 : 8) {
                let labels = [("method", ["GET", "POST"][path % 2]), ("path", "/api/v1/resource/\(path / 2)")]
                if isHistogram {
                    let buckets = bounds.enumerated().map { (bound: $1, count: UInt64($0 * (number + 10))) }
                    message.add(labels, MetricFamilyBytes.classic(count: 110, sum: 12.5 + Double(number), buckets))
                } else {
                    message.add(labels, Double(family * 1000 + path + number) * 1.5)
                }
                samples += isHistogram ? bounds.count + 3 : 1
            }
            page += message.delimited
            family += 1
        }
        return page
    }
}

private func benchmarkMessages(_ count: Int) {
    let pages = makeMessages(series: count, count: 2), bytes = pages[1].count
    var samples = ScrapedSamples(), cache = ScrapeCache<UInt64>()
    var stale = Column<UInt32>(), added = Column<UInt32>()
    func scrape(_ page: [UInt8]) {
        _ = try? cache.scrape(page.span, format: .protobuf, into: &samples) { _ in 0 }
        cache.finish(isStored: true, stale: &stale, added: &added)
    }
    scrape(pages[0])
    measure("known series in protobuf", items: samples.count * 20, bytes: bytes * 20) {
        for round in 0..<20 { scrape(pages[round & 1]) }
    }
    measure("first scrape in protobuf, per sample", items: samples.count, bytes: bytes, runs: 5) {
        var cache = ScrapeCache<UInt64>()
        let page = pages[0]
        _ = try? cache.scrape(page.span, format: .protobuf, into: &samples) { series in
            UInt64(series.labels.stringForm.count)
        }
    }
    keep(samples.count)
}

// MARK: Remote write

private func benchmarkRequests() {
    for perSeries in [1, 100] {
        let series = perSeries == 1 ? 2000 : 200
        var encoder = WriteRequestEncoder()
        var random = SeededGenerator(seed: 3)
        for number in 0..<series {
            encoder.append(
                [
                    "__name__": "container_network_receive_bytes_total", "namespace": "ns-\(number % 40)",
                    "pod": "app-\(number % 17)-\(number * 31)", "container": "app-\(number % 17)",
                    "node": "node-\(number % 50)", "job": "kubelet", "instance": "10.0.\(number % 256).1:10250",
                ],
                (0..<perSeries).map {
                    Sample(
                        timestamp: Timestamp(milliseconds: 1_790_000_000_000 + Int64($0) * 15_000),
                        value: Double(random.next() % 1_000_000) / 10)
                })
        }
        let message = encoder.message.bytes
        var compressed = ByteWriter()
        Snappy.encode(message.span, into: &compressed)
        let block = compressed.bytes
        let name = perSeries == 1 ? "1 sample a series" : "100 samples a series"

        var output = ByteWriter(capacity: message.count)
        measure("snappy, per decoded KiB, \(name)", items: message.count / 1024 * 50, bytes: message.count * 50) {
            for _ in 0..<50 {
                output.removeAll()
                try? Snappy.decode(block.span, into: &output, limit: 1 << 25)
            }
        }
        var decoder = WriteRequestDecoder()
        var columns = SampleColumns()
        var stringForm: [UInt8] = []
        func decode(labels: Bool) {
            columns.removeAll()
            decoder.begin(message.count)
            while decoder.next(in: message.span, samples: &columns) {
                if labels { _ = decoder.labels(at: decoder.rawLabels, in: message.span, into: &stringForm) }
            }
        }
        let items = series * perSeries
        measure("request, labels not parsed, \(name)", items: items * 20, bytes: message.count * 20) {
            for _ in 0..<20 { decode(labels: false) }
        }
        measure("request, labels parsed, \(name)", items: items * 20, bytes: message.count * 20) {
            for _ in 0..<20 { decode(labels: true) }
        }
        keep(columns.times.count)
    }
}

// MARK: Numbers and answers

private let valueKinds: [(name: String, make: @Sendable (inout SeededGenerator) -> Double)] = [
    ("integers", { Double($0.next() % 100_000_000) }),
    ("two decimals", { Double($0.next() % 100_000_000) / 100 }),
    ("16-17 digits", { Double($0.next() >> 11) * 0x1p-53 * 1000 }),
]

private func benchmarkNumbers() {
    var random = SeededGenerator(seed: 4)
    for kind in valueKinds {
        let values = (0..<100_000).map { _ in kind.make(&random) }
        let texts = values.map { Array(formatDouble($0).utf8) }
        var writer = ByteWriter(capacity: 4 << 20)
        measure("number to text, \(kind.name)", items: values.count) {
            writer.removeAll()
            for value in values { writer.append(value) }
        }
        measure("text to number, \(kind.name)", items: values.count) {
            var sum = 0.0
            for text in texts { sum += parseDouble(text.span) ?? 0 }
            keep(sum)
        }
    }
}

private func benchmarkAnswers() {
    var random = SeededGenerator(seed: 5)
    for kind in valueKinds {
        let series = 500, points = 240
        let labels = (0..<series).map {
            [
                "__name__": "http_requests_total", "instance": "host-\($0):9100", "job": "node",
                "path": "/api/v1/\($0 % 9)",
            ] as Labels
        }
        let times = (0..<points).map { 1_790_000_000_000 + Int64($0) * 15_000 }
        let values = (0..<series).map { _ in (0..<points).map { _ in kind.make(&random) } }
        var json = JSONWriter(capacity: 1 << 17)
        var bytes = 0
        func write() {
            bytes = 0
            json.removeAll()
            json.beginSuccess()
            json.beginArray()
            for (labels, values) in zip(labels, values) {
                json.beginObject()
                json.key("metric")
                json.labels(labels)
                json.key("values")
                json.points(times.span, values.span)
                json.endObject()
                if json.count > 1 << 16 {
                    bytes += json.count
                    json.removeAll()
                }
            }
            json.endArray()
            json.endSuccess()
            bytes += json.count
        }
        write()
        measure("matrix JSON, per point, \(kind.name)", items: series * points, bytes: bytes, write)
    }
}
