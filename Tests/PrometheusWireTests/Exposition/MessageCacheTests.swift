import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Bodies in protobuf` {
    /// What Google's library writes: a counter with an exemplar and a start time, and one with a timestamp; a histogram
    /// that is native and classic; a summary, a gauge, an untyped NaN.
    static let page: [UInt8] = [
        0x5d, 0x0a, 0x07, 0x61, 0x5f, 0x74, 0x6f, 0x74, 0x61, 0x6c, 0x12, 0x07, 0x41, 0x20, 0x68, 0x65, 0x6c, 0x70,
        0x2e, 0x22, 0x3a, 0x0a, 0x06, 0x0a, 0x01, 0x78, 0x12, 0x01, 0x31, 0x1a, 0x30, 0x09, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x0c, 0x40, 0x12, 0x21, 0x0a, 0x0d, 0x0a, 0x08, 0x74, 0x72, 0x61, 0x63, 0x65, 0x5f, 0x69, 0x64,
        0x12, 0x01, 0x74, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x3f, 0x1a, 0x07, 0x08, 0x05, 0x10, 0x80,
        0xe5, 0x9a, 0x77, 0x1a, 0x02, 0x08, 0x02, 0x22, 0x0d, 0x0a, 0x06, 0x0a, 0x01, 0x78, 0x12, 0x01, 0x32, 0x1a,
        0x00, 0x30, 0xd2, 0x09, 0x6e, 0x0a, 0x01, 0x68, 0x18, 0x04, 0x22, 0x64, 0x3a, 0x62, 0x08, 0x06, 0x11, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x40, 0x1a, 0x0b, 0x08, 0x02, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0xf0, 0x3f, 0x1a, 0x0b, 0x08, 0x06, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x7f, 0x28, 0x02, 0x31,
        0xfc, 0xa9, 0xf1, 0xd2, 0x4d, 0x62, 0x50, 0x3f, 0x38, 0x01, 0x4a, 0x02, 0x10, 0x01, 0x52, 0x01, 0x02, 0x62,
        0x04, 0x08, 0x01, 0x10, 0x02, 0x62, 0x04, 0x08, 0x02, 0x10, 0x01, 0x6a, 0x03, 0x02, 0x02, 0x01, 0x82, 0x01,
        0x15, 0x0a, 0x06, 0x0a, 0x01, 0x6b, 0x12, 0x01, 0x76, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xe0, 0x3f,
        0x1a, 0x02, 0x08, 0x01, 0x2a, 0x01, 0x73, 0x28, 0x0a, 0x01, 0x73, 0x18, 0x02, 0x22, 0x21, 0x22, 0x1f, 0x08,
        0x03, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x22, 0x40, 0x1a, 0x12, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0xe0, 0x3f, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x1b, 0x0a, 0x01, 0x67, 0x18, 0x01,
        0x22, 0x14, 0x0a, 0x07, 0x0a, 0x01, 0x6c, 0x12, 0x02, 0xc3, 0xa9, 0x12, 0x09, 0x09, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0xf0, 0xbf, 0x12, 0x0a, 0x01, 0x75, 0x18, 0x03, 0x22, 0x0b, 0x2a, 0x09, 0x09, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0xf8, 0x7f,
    ]

    static let others: [MessageScraper.Sample] = [
        .init(["__name__": "s_count"], 3), .init(["__name__": "s_sum"], 9),
        .init(["__name__": "s", "quantile": "0.5"], 2), .init(["__name__": "g", "l": "é"], -1),
        .init(["__name__": "u"], .nan),
    ]
    static let counters: [MessageScraper.Sample] = [
        .init(["__name__": "a_total", "x": "1"], 3.5), .init(["__name__": "a_total", "x": "2"], 0, at: 1234),
    ]
    static let classic: [MessageScraper.Sample] = [
        .init(["__name__": "h_count"], 6), .init(["__name__": "h_sum"], 2.5),
        .init(["__name__": "h_bucket", "le": "1.0"], 2), .init(["__name__": "h_bucket", "le": "+Inf"], 6),
    ]

    @Test func `are read as other libraries write them`() throws {
        var scraper = MessageScraper(readsStartTimes: true) { $0.readsNative = true }
        #expect(try scraper.scrape(Self.page) == Self.counters + [.init(["__name__": "h"], 0)] + Self.others)
        let native = Histogram(
            schema: 1, zeroThreshold: 0.001, zeroCount: 1, count: 6, sum: 2.5,
            positive: HistogramBuckets(
                spans: [.init(offset: -1, length: 2), .init(offset: 1, length: 1)], counts: [1, 2, 1]),
            negative: HistogramBuckets(offset: 0, counts: [1]))
        #expect(scraper.samples.histograms.map(\.sample) == [2])
        #expect(scraper.samples.histograms.map(\.histogram) == [native])
        #expect(scraper.samples.starts.map(\.sample) == [0])
        #expect(scraper.samples.starts.map(\.time) == [2000])
        #expect(scraper.samples.exemplars.map(\.sample) == [0, 2])
        #expect(
            scraper.samples.exemplars.map(\.exemplar) == [
                Exemplar(labels: ["trace_id": "t"], value: 1, timestamp: Timestamp(milliseconds: 5250)),
                Exemplar(labels: ["k": "v"], value: 0.5, timestamp: Timestamp(milliseconds: 1000)),
            ])
        #expect(
            scraper.cache.metricFamilies == [
                .init(name: "a_total", type: .counter, help: "A help."), .init(name: "h", type: .histogram, unit: "s"),
                .init(name: "s", type: .summary), .init(name: "g", type: .gauge), .init(name: "u"),
            ])
    }

    @Test func `have classic histograms, too, or these alone, or these made native`() throws {
        var plain = MessageScraper()
        #expect(try plain.scrape(Self.page) == Self.counters + Self.classic + Self.others)
        var both = MessageScraper { ($0.readsNative, $0.keepsClassic) = (true, true) }
        let native = MessageScraper.Sample(["__name__": "h"], 0)
        #expect(try both.scrape(Self.page) == Self.counters + [native] + Self.classic + Self.others)
        var converted = MessageScraper { $0.convertsClassic = true }
        #expect(try converted.scrape(Self.page) == Self.counters + [native] + Self.others)
        #expect(
            converted.samples.histograms.map(\.histogram) == [
                Histogram(
                    schema: Histogram.customSchema, count: 6, sum: 2.5,
                    positive: HistogramBuckets(offset: 0, counts: [2, 4]), customBounds: [1])
            ])
        var kept = MessageScraper { ($0.convertsClassic, $0.keepsClassic) = (true, true) }
        #expect(try kept.scrape(Self.page) == Self.counters + Self.classic + [native] + Self.others)
    }

    @Test func `add the bucket up to +Inf where it is missing, and number bounds as labels have them`() throws {
        var scraper = MessageScraper()
        var family = MetricFamilyBytes("h", .histogram)
        family.add([("a", "b")], MetricFamilyBytes.classic(count: 9, sum: 1, [(0.25, 1), (2, 3), (1e21, 4)]))
        let bounds = try scraper.scrape([family]).compactMap { $0.labels["le"] }
        #expect(bounds == ["0.25", "2.0", "1e+21", "+Inf"])
    }

    @Test func `cost no new series when they come again, in any order`() throws {
        var scraper = MessageScraper { $0.readsNative = true }
        func families(_ round: Double) -> [MetricFamilyBytes] {
            var gauge = MetricFamilyBytes("g", .gauge), counter = MetricFamilyBytes("c", .counter)
            for index in 0..<5 { gauge.add([("i", "\(index)")], round + Double(index)) }
            counter.add(round)
            return [gauge, counter]
        }
        for round in 1..<5 {
            let values = try scraper.scrape(families(Double(round))).map(\.value)
            #expect(values == (0..<5).map { Double(round + $0) } + [Double(round)])
            _ = scraper.finish()
        }
        #expect(try scraper.scrape(families(1).reversed()).map(\.value) == [1, 1, 2, 3, 4, 5])
        let end = scraper.finish()
        #expect(end.stale.isEmpty && end.added == 0)
        #expect(scraper.made.count == 6)
    }

    @Test func `list a native histogram's exemplars in the order of time`() throws {
        typealias Bytes = MetricFamilyBytes
        var scraper = MessageScraper { $0.readsNative = true }
        var content = Bytes.integer(1, 3) + Bytes.double(2, 1) + Bytes.native(schema: 0, deltas: [1, 1])
        for second in [3, 1, 2] as [UInt64] {
            let labels = Bytes.message(1, Bytes.text(1, "t") + Bytes.text(2, "\(second)"))
            content += Bytes.message(16, labels + Bytes.double(2, 0.5) + Bytes.message(3, Bytes.integer(1, second)))
        }
        var first = Bytes("h", .histogram), second = Bytes("i", .histogram)
        first.add(content)
        second.add(content)
        _ = try scraper.scrape([first, second])
        #expect(scraper.samples.exemplars.map(\.sample) == [0, 0, 0, 1, 1, 1])
        #expect(scraper.samples.exemplars.map { $0.exemplar.labels["t"] } == ["1", "2", "3", "1", "2", "3"])
    }

    @Test func `may have start times that nobody wants, exemplars now and then, and other units`() throws {
        var scraper = MessageScraper()
        let start = MetricFamilyBytes.integer(1, 7)
        let exemplar = MetricFamilyBytes.message(
            3, MetricFamilyBytes.message(1, MetricFamilyBytes.text(1, "t") + MetricFamilyBytes.text(2, "x")))
        for round in 0..<6 {
            let value = Double(round), unit = round == 3 ? "seconds" : ""
            var counter = MetricFamilyBytes("c_total", .counter, unit: unit)
            var histogram = MetricFamilyBytes("h", .histogram)
            for label in ["1", "2"] {
                counter.add([("l", label)], MetricFamilyBytes.double(1, value) + MetricFamilyBytes.message(3, start))
                var content = MetricFamilyBytes.integer(1, 9) + MetricFamilyBytes.double(2, value)
                for bound in [1.0, 2] {
                    let bucket = MetricFamilyBytes.integer(1, UInt64(bound)) + MetricFamilyBytes.double(2, bound)
                    content += MetricFamilyBytes.message(3, bucket + (round == 4 && bound == 2 ? exemplar : []))
                }
                histogram.add([("l", label)], content + MetricFamilyBytes.message(15, start))
            }
            let expected = [value, value] + [9, value, 1, 2, 9, 9, value, 1, 2, 9]
            #expect(try scraper.scrape([counter, histogram]).map(\.value) == expected)
            #expect(scraper.samples.exemplars.map(\.sample) == (round == 4 ? [5, 10] : []))
            #expect(scraper.samples.starts.isEmpty)
            #expect(scraper.cache.metricFamilies.map(\.unit) == [unit, ""])
            let end = scraper.finish()
            #expect(end.stale.isEmpty && end.added == (round == 0 ? 12 : 0))
        }
    }

    @Test func `end series that they no longer have, buckets among them`() throws {
        var scraper = MessageScraper()
        func family(_ buckets: [(Double, UInt64)]) -> [MetricFamilyBytes] {
            var family = MetricFamilyBytes("h", .histogram)
            family.add(MetricFamilyBytes.classic(count: 9, sum: 1, buckets))
            return [family]
        }
        _ = try scraper.scrape(family([(1, 1), (2, 2)]))
        #expect(scraper.finish().added == 5)
        _ = try scraper.scrape(family([(2, 2), (3, 3)]))
        var end = scraper.finish()
        #expect(end.stale == [["__name__": "h_bucket", "le": "1.0"]] && end.added == 1)
        _ = try scraper.scrape(family([(3, 3), (1, 0), (2, 2)]))
        end = scraper.finish()
        #expect(end.stale.isEmpty && end.added == 1)
        _ = try scraper.scrape([])
        #expect(scraper.finish().stale.count == 6)
    }

    @Test func `may change a metric's type with each scrape`() throws {
        var scraper = MessageScraper { $0.readsNative = true }
        for round in 0..<50 {
            let kind: MetricFamilyBytes.Kind = [.gauge, .histogram, .counter, .untyped][round % 4]
            var family = MetricFamilyBytes("m", kind, help: "round \(round)")
            if kind == .histogram {
                family.add(MetricFamilyBytes.classic(count: 1, sum: 1, [(1, 1)]))
            } else {
                family.add(Double(round))
            }
            #expect(try scraper.scrape([family]).count == (kind == .histogram ? 4 : 1))
            _ = scraper.finish()
        }
        // What was forgotten is made again, and forgotten again: no scrape leaves anything for good.
        #expect(scraper.cache.seriesCount < 100)
    }

    @Test func `get the labels of type and unit`() throws {
        var scraper = MessageScraper(addsTypeAndUnit: true)
        var family = MetricFamilyBytes("w_seconds", .gauge, unit: "seconds")
        family.add([("__type__", "x"), ("a", "b")], 1)
        #expect(
            try scraper.scrape([family]).map(\.labels) == [
                ["__name__": "w_seconds", "__type__": "gauge", "__unit__": "seconds", "a": "b"]
            ])
        _ = scraper.finish()
        var other = MetricFamilyBytes("w_seconds", .counter, unit: "seconds")
        other.add([("a", "b")], 1)
        _ = try scraper.scrape([other])
        #expect(scraper.cache.changedKinds == 1)
    }

    // MARK: Hostile bodies

    private func error(_ page: [UInt8]) -> String {
        var scraper = MessageScraper { $0.readsNative = true }
        do { _ = try scraper.scrape(page) } catch { return "\(error)" }
        return ""
    }

    @Test func `that are malformed are refused, with the place`() {
        var family = MetricFamilyBytes("g", .gauge)
        family.add([("a", "b")], 1)
        let good = family.delimited
        #expect(error(good + good.dropLast()).hasPrefix("byte \(good.count): the body breaks off"))
        #expect(error(Array("a 1\n".utf8)).hasPrefix("byte 0: "))
        var twice = MetricFamilyBytes("g", .gauge)
        twice.add([("a", "b"), ("a", "c")], 1)
        #expect(error(twice.delimited).contains("label name \"a\" is not unique"))
        var nameless = MetricFamilyBytes("g", .gauge)
        nameless.add([("", "b")], 1)
        #expect(error(nameless.delimited).contains("invalid label name"))
        var empty = MetricFamilyBytes("", .gauge)
        empty.add(1)
        #expect(error(empty.delimited).contains("invalid metric name"))
        let unknown =
            MetricFamilyBytes.text(1, "x") + MetricFamilyBytes.integer(3, 9) + MetricFamilyBytes.message(4, [])
        #expect(
            error(MetricFamilyBytes.varint(UInt64(unknown.count)) + unknown).contains("unknown metric type for metric"))
        let notText = MetricFamilyBytes.message(1, [0xff]) + MetricFamilyBytes.message(4, [])
        #expect(error([UInt8(notText.count)] + notText).contains("invalid metric name"))
    }

    @Test func `that are cut off or changed anywhere never trap`() {
        for count in 0..<Self.page.count { _ = error(Array(Self.page.prefix(count))) }
        for place in Self.page.indices {
            for bit in 0..<8 {
                var changed = Self.page
                changed[place] ^= 1 << bit
                _ = error(changed)
            }
        }
    }

    @Test func `with a histogram of buckets in ever new orders cost no more than their size`() throws {
        var scraper = MessageScraper(), random = SeededGenerator(seed: 1)
        var buckets = (0..<20_000).map { (bound: Double($0), count: UInt64(1)) }
        for _ in 0..<3 {
            buckets.shuffle(using: &random)
            var family = MetricFamilyBytes("h", .histogram)
            family.add(MetricFamilyBytes.classic(count: 1, sum: 1, buckets))
            #expect(try scraper.scrape([family]).count == 20_003)
            _ = scraper.finish()
        }
        #expect(scraper.made.count == 20_003)
    }

    // MARK: Against what they were made to say

    @Test(arguments: 0..<20)
    func `say in any sequence what they were made to say`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed), scraper = MessageScraper(), before: Set<Labels> = []
        for _ in 0..<30 {
            var expected: [MessageScraper.Sample] = [], families: [MetricFamilyBytes] = []
            for name in 0..<Int.random(in: 0..<6, using: &random) where Bool.random(using: &random) {
                let kind: MetricFamilyBytes.Kind = name % 2 == 0 ? .gauge : .counter
                var family = MetricFamilyBytes("m\(name)", kind)
                for label in 0..<Int.random(in: 0..<40, using: &random) where Int.random(in: 0..<4, using: &random) > 0
                {
                    let value = Double.random(in: -9...9, using: &random)
                    let time: Int64? = Int.random(in: 0..<30, using: &random) == 0 ? 5 : nil
                    family.add([("l", "\(label)")], value, at: time)
                    expected.append(.init(["__name__": "m\(name)", "l": "\(label)"], value, at: time))
                }
                families.append(family)
            }
            #expect(try scraper.scrape(families) == expected)
            let now = Set(expected.filter { $0.timestamp == nil }.map(\.labels))
            #expect(scraper.finish().stale == before.subtracting(now).sorted())
            before = now
        }
    }
}
