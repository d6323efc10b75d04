import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Remote write requests` {
    private struct Series: Equatable {
        var labels: Result<Labels, LabelProblem>
        var samples: [Sample]
    }

    /// Decodes all of a message, or nil when it is malformed.
    private func decode(_ message: [UInt8]) -> [Series]? {
        var decoder = WriteRequestDecoder()
        var columns = SampleColumns()
        var stringForm: [UInt8] = []
        var result: [Series] = []
        decoder.begin(message.count)
        while true {
            let first = columns.times.count
            guard decoder.next(in: message.span, samples: &columns) else { break }
            let problem = decoder.labels(at: decoder.rawLabels, in: message.span, into: &stringForm)
            result.append(
                Series(
                    labels: problem.map { .failure($0) } ?? .success(Labels(uncheckedStringForm: stringForm)),
                    samples: (first..<columns.times.count).map {
                        Sample(timestamp: Timestamp(milliseconds: columns.times[$0]), value: columns.values[$0])
                    }))
        }
        return decoder.isMalformed ? nil : result
    }

    private func advance(_ decoder: inout WriteRequestDecoder, _ message: [UInt8], _ columns: inout SampleColumns)
        -> Bool
    {
        decoder.next(in: message.span, samples: &columns)
    }

    private func sample(_ milliseconds: Int64, _ value: Double) -> Sample {
        Sample(timestamp: Timestamp(milliseconds: milliseconds), value: value)
    }

    private func encode(_ series: [([(String, String)], [Sample])]) -> [UInt8] {
        var encoder = WriteRequestEncoder()
        for (labels, samples) in series { encoder.append(labels: labels, samples) }
        return encoder.message.bytes
    }

    @Test func `a request made by hand is read`() throws {
        let message: [UInt8] =
            [0x0a, 36] + [0x0a, 14, 0x0a, 8] + Array("__name__".utf8) + [0x12, 2] + Array("up".utf8)
            + [0x12, 11, 0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x10, 5] + [0x22, 2, 0x08, 1] + [0x1a, 1 - 1]
            + [0x2a, 0]
        #expect(message.count == 38 + 1)
        var patched = message
        patched[1] = UInt8(message.count - 2)
        // The histogram of one observation is a sample, too; its row has no value.
        #expect(
            decode(patched) == [Series(labels: .success(["__name__": "up"]), samples: [sample(5, 1.5), sample(0, 0)])])
    }

    @Test func `labels come in any order and without empty values`() {
        let message = encode([
            ([("job", "a"), ("__name__", "up"), ("empty", ""), ("a", "한글")], [sample(1, 2), sample(-3, .staleMarker)])
        ])
        #expect(
            decode(message) == [
                Series(
                    labels: .success(["__name__": "up", "a": "한글", "job": "a"]),
                    samples: [sample(1, 2), sample(-3, .staleMarker)])
            ] || decode(message)?.first?.samples[1].value.isStaleMarker == true)
        #expect(decode(message)?.first?.labels == .success(["__name__": "up", "a": "한글", "job": "a"]))
    }

    @Test func `labels that name no series are told`() {
        func problem(_ labels: [(String, String)]) -> LabelProblem? {
            guard case .failure(let problem)? = decode(encode([(labels, [])]))?.first?.labels else { return nil }
            return problem
        }
        #expect(problem([("a", "b")]) == .missingMetricName)
        #expect(problem([("__name__", ""), ("a", "b")]) == .missingMetricName)
        #expect(problem([]) == .missingMetricName)
        #expect(problem([("__name__", "a"), ("", "b")]) == .invalidText)
        #expect(problem([("b", "1"), ("__name__", "a"), ("b", "2")]) == .duplicateName("b"))
        #expect(problem([("__name__", "a"), ("b", "1"), ("b", "1")]) == .duplicateName("b"))
        #expect(problem([("__name__", "a.b c"), ("x", "y")]) == nil)
        var message = encode([([("__name__", "up"), ("a", "xyz")], [])])
        message[message.firstIndex(of: UInt8(ascii: "y"))!] = 0xFF
        #expect(decode(message)?.first?.labels == .failure(.invalidText))
    }

    @Test func `equal label bytes mean equal labels, scattered ones have none`() {
        let one = encode([([("__name__", "up"), ("a", "b")], [sample(1, 1)]), ([("__name__", "up"), ("a", "b")], [])])
        var decoder = WriteRequestDecoder()
        var columns = SampleColumns()
        decoder.begin(one.count)
        #expect(advance(&decoder, one, &columns))
        let first = one[decoder.rawLabels]
        #expect(first.count == 24)
        #expect(advance(&decoder, one, &columns))
        #expect(one[decoder.rawLabels] == first && decoder.rawLabelsAreWhole)
        #expect(!advance(&decoder, one, &columns))
        // A label, a sample without fields, a label.
        let scattered: [UInt8] =
            [0x0a, 26] + [0x0a, 13, 0x0a, 8] + Array("__name__".utf8) + [0x12, 1, 0x61] + [0x12, 0]
            + [0x0a, 7, 0x0a, 1, 0x62, 0x12, 2, 0x63, 0x64]
        decoder.begin(scattered.count)
        #expect(advance(&decoder, scattered, &columns))
        #expect(!decoder.rawLabelsAreWhole)
        #expect(decode(scattered) == [Series(labels: .success(["__name__": "a", "b": "cd"]), samples: [sample(0, 0)])])
    }

    private struct Assumed: Equatable {
        var labels: [UInt8]
        var times: [Int64]
        var bits: [UInt64]
    }

    /// What a decoder that assumes labels, or one that does not, says series by series: nil where the labels are none
    /// or not side by side. Nil as a whole when the message is malformed.
    private func read(_ message: [UInt8], assumingLabels: Bool) -> [Assumed?]? {
        var decoder = WriteRequestDecoder(), columns = SampleColumns(), result: [Assumed?] = []
        decoder.begin(message.count, assumingLabels: assumingLabels)
        while true {
            let first = columns.times.count
            guard decoder.next(in: message.span, samples: &columns) else {
                return decoder.isMalformed ? nil : result
            }
            let areLabels = decoder.areLabels(decoder.rawLabels, in: message.span)
            let rows = first..<columns.times.count
            result.append(
                areLabels && decoder.rawLabelsAreWhole
                    ? Assumed(
                        labels: Array(message[decoder.rawLabels]), times: rows.map { columns.times[$0] },
                        bits: rows.map { columns.values[$0].bitPattern }) : nil)
        }
    }

    @Test func `assumed labels are those that are read, or denied`() {
        var random = SeededGenerator(seed: 7)
        var assumed = 0
        for _ in 0..<300 {
            let series = (0..<20).map { _ -> ([(String, String)], [Sample]) in
                let labels = (0..<Int.random(in: 1...4, using: &random)).map {
                    ("l\($0)", String(repeating: "x", count: Int.random(in: 0...200, using: &random)))
                }
                let samples = (0..<[0, 1, 1, 1, 2, 3].randomElement(using: &random)!).map { _ in
                    sample(
                        [0, 5, -1, 1_700_000_000_000, 1 << 35, (1 << 42) - 1, 1 << 42].randomElement(using: &random)!,
                        [0, -0.0, 1, .infinity, Double(bitPattern: random.next())].randomElement(using: &random)!)
                }
                return (labels, samples)
            }
            var message = encode(series)
            let whole = read(message, assumingLabels: false)
            #expect(whole?.map(\.?.times) == series.map { $0.1.map(\.timestamp.milliseconds) })
            // Some that have several samples are denied.
            let found = read(message, assumingLabels: true) ?? []
            let differences = zip(found, whole ?? []).count { $0 != nil && $0 != $1 }
            #expect(differences == 0 && found.count == series.count)
            // Whatever the bytes: what is assumed and not denied is what is read.
            for _ in 0..<20 {
                message[Int.random(in: message.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                guard let found = read(message, assumingLabels: true), found.allSatisfy({ $0 != nil }) else { continue }
                assumed += found.count
                let isRead = found == read(message, assumingLabels: false)
                #expect(isRead)
            }
        }
        #expect(assumed > 500)
    }

    /// A text that ends like a sample.
    static let mimic =
        "\u{12}\u{10}\u{09}12345678\u{10}é€?"

    @Test func `a label that ends like a sample is not taken for one`() {
        let message = encode([([("__name__", "up"), ("a", Self.mimic)], [])])
        #expect(Array(Self.mimic.utf8).count == 18)
        #expect(read(message, assumingLabels: true) == [nil])
        #expect(decode(message) == [Series(labels: .success(["__name__": "up", "a": Self.mimic]), samples: [])])
    }

    @Test(arguments: [false, true]) func `native histograms are among the samples`(asIntegers: Bool) throws {
        let exponential = Histogram(
            counterResetHint: .gauge, schema: -3, zeroThreshold: 0.001, zeroCount: 4, count: 20, sum: -1.5,
            positive: HistogramBuckets(
                spans: [HistogramSpan(offset: -5, length: 2), HistogramSpan(offset: 3, length: 1)], counts: [7, 1, 3]),
            negative: HistogramBuckets(offset: 9, counts: [5]))
        let custom = Histogram(
            schema: Histogram.customSchema, count: 3, sum: 2, positive: HistogramBuckets(offset: 1, counts: [1, 2]),
            customBounds: [0.5, 1, 2.5])
        var end = custom
        end.sum = .staleMarker
        let sent = [exponential, custom, end].enumerated().map {
            HistogramSample(timestamp: Timestamp(milliseconds: Int64($0.offset) - 1), histogram: $0.element)
        }
        var encoder = WriteRequestEncoder()
        encoder.append(labels: [("__name__", "f")], [sample(3, 1)])
        encoder.append(labels: [("__name__", "h")], sent, asIntegers: asIntegers)
        let message = encoder.message.bytes
        var decoder = WriteRequestDecoder(), columns = SampleColumns()
        decoder.begin(message.count)
        while decoder.next(in: message.span, samples: &columns) {}
        #expect(!decoder.isMalformed && decoder.histogramCount == 3)
        #expect((0..<columns.times.count).map { columns.times[$0] } == [3, -1, 0, 1])
        #expect(columns.histograms.rows == [1, 2] && columns.histograms.values == [exponential, custom])
        #expect(columns.histograms.values[0].counterResetHint == .gauge)
        #expect(columns.values[3].isStaleMarker)
        // Cut or damaged, it never traps.
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            var damaged = message
            damaged[random.below(damaged.count)] = UInt8(random.below(256))
            if random.oneIn(4) { damaged.removeLast(random.below(damaged.count)) }
            columns.removeAll()
            decoder.begin(damaged.count)
            while decoder.next(in: damaged.span, samples: &columns) {}
        }
    }

    @Test func `exemplars and metadata read back, and damaged ones never trap`() throws {
        let labels: Labels = ["__name__": "m"]
        let exemplars = [
            Exemplar(labels: ["span": "b", "trace_id": "a"], value: -0.5, timestamp: Timestamp(milliseconds: 1500)),
            Exemplar(labels: Labels(), value: 7),
        ]
        let known = MetricMetadata(type: "summary", help: "Helps é.", unit: "bytes")
        var request = WriteRequestEncoder()
        request.append(known, of: "m")
        request.append(labels, [Sample(timestamp: Timestamp(milliseconds: 1), value: 1)], exemplars: exemplars)
        request.append(MetricMetadata(), of: "n")
        let message = request.message.bytes
        func read(_ message: [UInt8]) -> (exemplars: [Exemplar], metadata: [String: MetricMetadata]) {
            var decoder = WriteRequestDecoder(), columns = SampleColumns(), form: [UInt8] = []
            var found: [Exemplar] = [], metadata: [String: MetricMetadata] = [:]
            decoder.begin(message.count)
            while decoder.next(in: message.span, samples: &columns) {
                for range in decoder.exemplars {
                    guard let (value, time) = decoder.exemplar(at: range, in: message.span, labels: &form) else {
                        continue
                    }
                    found.append(Exemplar(labels: Labels(uncheckedStringForm: form), value: value, timestamp: time))
                }
            }
            for range in decoder.metadata {
                if let (name, entry) = decoder.metadata(at: range, in: message.span) { metadata[name] = entry }
            }
            return (found, metadata)
        }
        #expect(read(message).exemplars == exemplars)
        #expect(read(message).metadata == ["m": known, "n": MetricMetadata()])
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var damaged = message
            damaged[random.below(damaged.count)] = UInt8(random.below(256))
            for exemplar in read(damaged).exemplars {
                let form = exemplar.labels.stringForm
                let isSound = Labels.isWellFormed(stringForm: form.span)
                #expect(isSound)
            }
        }
    }

    @Test func `exemplars, histograms and metadata are counted`() {
        let message: [UInt8] = [0x1a, 0, 0x0a, 6, 0x1a, 0, 0x22, 0, 0x22, 0, 0x1a, 2, 0x08, 1]
        var decoder = WriteRequestDecoder()
        var columns = SampleColumns()
        decoder.begin(message.count)
        var exemplars = 0
        while decoder.next(in: message.span, samples: &columns) { exemplars += decoder.exemplars.count }
        #expect(!decoder.isMalformed)
        #expect((exemplars, decoder.histogramCount, decoder.metadata.count) == (1, 2, 2))
    }

    @Test(
        arguments: [
            [0x0a], [0x0a, 1], [0x0a, 0x80], [0x08, 1], [0x00, 0], [0x0b], [0x0a, 2, 0x12, 5],
            [0x0a, 4, 0x12, 2, 0x0d, 0], [0x0a, 3, 0x12, 1, 0x09], [0x0a, 2, 0x08, 1], [0x25, 1, 2, 3],
            [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], [0x0a, 4, 0x12, 2, 0x11, 0],
        ] as [[UInt8]])
    func `what is no request is malformed`(message: [UInt8]) { #expect(decode(message) == nil) }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `random requests read back, and cut or damaged ones never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let series = (0..<Int.random(in: 0...20, using: &random)).map { number in
            (
                [("__name__", "m\(number)")]
                    + (0..<Int.random(in: 0...6, using: &random)).map {
                        ("l\($0)", String(repeating: "v", count: number * 17))
                    },
                (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    sample(Int64(bitPattern: random.next()), randomDouble(&random))
                }
            )
        }
        let message = encode(series)
        #expect(
            decode(message)
                == series.map { labels, samples in
                    Series(labels: .success(Labels(labels.filter { !$0.1.isEmpty })), samples: samples)
                })
        for _ in 0..<500 where !message.isEmpty {
            var damaged = Array(message.prefix(Int.random(in: 1...message.count, using: &random)))
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
            for series in decode(damaged) ?? [] {
                if case .success(let labels) = series.labels {
                    let bytes = labels.stringForm
                    let isWellFormed = Labels.isWellFormed(stringForm: bytes.span)
                    #expect(isWellFormed)
                }
            }
        }
    }

    /// Against a sum of counts by the bucket of schema 8 that holds the upper bound of each.
    @Test(arguments: 0..<40) func `histograms that are finer than what is kept are merged exactly`(seed: UInt64) throws
    {
        var random = SeededGenerator(seed: seed)
        for schema: Int32 in [9, 10, 13, 20, 31, 32, 33, 40, 51, 52] {
            let factor = 1 << Int(schema - 8)
            func buckets() -> (HistogramBuckets, [Int: Double]) {
                var spans: [HistogramSpan] = [], counts: [Double] = [], expected: [Int: Double] = [:]
                let first = [0, 1, 2, -1, factor, -factor, 3 * factor + 1, -3 * factor - 1, Int(Int32.min)]
                    .randomElement(
                        using: &random)!
                var index = Int(Int32(clamping: first))
                for place in 0..<Int.random(in: 0...4, using: &random) {
                    let offset =
                        place == 0 ? index : [0, 1, 3, factor - 1, factor, 5 * factor].randomElement(using: &random)!
                    guard Int32(exactly: offset) != nil, index + offset < 1 << 30 else { continue }
                    let length = Int.random(in: 0...5, using: &random)
                    if place > 0 { index += offset }
                    spans.append(HistogramSpan(offset: Int32(offset), length: UInt32(length)))
                    for _ in 0..<length {
                        let count = Double(Int.random(in: 0...9, using: &random))
                        counts.append(count)
                        let upper = Int((Double(index) / Double(factor)).rounded(.up))
                        expected[upper, default: 0] += count
                        index += 1
                    }
                }
                return (HistogramBuckets(spans: spans, counts: counts), expected)
            }
            let (positive, above) = buckets(), (negative, below) = buckets()
            let sum = (positive.counts + negative.counts).reduce(0, +)
            let sent = Histogram(
                schema: schema, zeroThreshold: 1e-100, zeroCount: 2, count: sum + 2, sum: 1, positive: positive,
                negative: negative)
            for asIntegers in [false, true] {
                var encoder = WriteRequestEncoder()
                encoder.append(
                    labels: [("__name__", "h")],
                    [HistogramSample(timestamp: Timestamp(milliseconds: 7), histogram: sent)], asIntegers: asIntegers)
                let message = encoder.message.bytes
                var decoder = WriteRequestDecoder(), columns = SampleColumns()
                decoder.begin(message.count)
                #expect(decoder.next(in: message.span, samples: &columns) && !decoder.isMalformed)
                let got = try #require(columns.histograms.values.first)
                try got.validate()
                #expect(got.schema == 8 && got.count == sum + 2 && got.zeroCount == 2 && got.sum == 1)
                for (buckets, expected) in [(got.positive, above), (got.negative, below)] {
                    let found = Dictionary(uniqueKeysWithValues: zip(buckets.indices.map { Int($0) }, buckets.counts))
                    #expect(found.filter { $0.value != 0 } == expected.filter { $0.value != 0 })
                }
            }
        }
    }

    @Test func `groups that nobody knows are passed over, however deep, and must end`() throws {
        let request = encode([([("__name__", "a")], [sample(1, 2)])])
        // Fields 100 of the request.
        let open: [UInt8] = [0xa3, 6], close: [UInt8] = [0xa4, 6]
        let deep =
            [[UInt8]](repeating: open, count: 100_000).joined() + [0x08, 1, 0x12, 1, 0]
            + [[UInt8]](repeating: close, count: 100_000).joined()
        #expect(decode(Array(deep) + request)?.count == 1)
        #expect(decode(request + open + close)?.count == 1)
        #expect(decode(request + open) == nil && decode(request + close) == nil)
        #expect(decode(Array(deep.dropLast(2)) + request) == nil)
    }
}
