import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Native histograms` {
    @Test func `bounds have the bits that Prometheus has`() {
        let finest = Histogram(schema: 8)
        // FNV-1a over the bounds from 0.5 up to 1, as they stand in Prometheus' table.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in 0..<256 {
            hash = (hash ^ finest.bound(Int32(index) - 256).bitPattern) &* 0x100_0000_01b3
        }
        #expect(hash == 0x3a54_89a2_c419_aae6)
        for schema in Int32(-4)...8 {
            let histogram = Histogram(schema: schema)
            for index in Int32(-40)...40 { #expect(histogram.bound(index) < histogram.bound(index + 1)) }
            #expect(histogram.bound(0) == 1)
            let last = Int32(schema < 0 ? 1024 >> -schema : 1024 << schema)
            #expect(histogram.bound(last) == .greatestFiniteMagnitude && histogram.bound(last + 1) == .infinity)
            // A bucket of a schema is two of the next.
            let finer = Histogram(schema: min(schema + 1, 8))
            if finer.schema > schema { #expect(histogram.bound(5) == finer.bound(10)) }
        }
        #expect(Histogram(schema: 8).bound(.max) == .infinity && Histogram(schema: 8).bound(.min) == 0)
        let custom = Histogram(schema: -53, customBounds: [2, 5])
        #expect([-1, 0, 1, 2, 3].map { custom.bound($0) } == [-.infinity, 2, 5, .infinity, .infinity])
    }

    @Test func `the text is Prometheus'`() {
        let histogram = Histogram(
            schema: 0, zeroThreshold: 0.001, zeroCount: 2, count: 12, sum: 1e6,
            positive: HistogramBuckets(offset: 0, counts: [1, 0, 2.5]),
            negative: HistogramBuckets(offset: 1, counts: [3]))
        #expect(
            "\(histogram)" == "{count:12, sum:1e+06, [-2,-1):3, [-0.001,0.001]:2, (0.5,1]:1, (2,4]:2.5}")
        let custom = Histogram(
            schema: -53, count: 3, sum: .nan, positive: HistogramBuckets(offset: 0, counts: [1, 2]), customBounds: [5])
        #expect("\(custom)" == "{count:3, sum:NaN, [-Inf,5]:1, (5,+Inf]:2}")
        #expect("\(Histogram())" == "{count:0, sum:0}")
    }

    @Test func `a zero bucket is widened to the end of a populated bucket`() throws {
        var wide = Histogram(schema: 0, zeroThreshold: 3, zeroCount: 1, count: 1)
        let narrow = Histogram(
            schema: 0, zeroThreshold: 1, zeroCount: 2, count: 10, positive: HistogramBuckets(offset: 1, counts: [3, 5]))
        _ = try wide.add(narrow)
        wide.compact()
        // 3 is within (2,4], which has five observations: zero now reaches to 4.
        #expect(wide == Histogram(schema: 0, zeroThreshold: 4, zeroCount: 11, count: 11))
    }

    @Test func `what is known of resets goes into a sum`() throws {
        func sum(_ a: Histogram.CounterResetHint, _ b: Histogram.CounterResetHint) throws -> (
            Histogram.CounterResetHint, Bool
        ) {
            var histogram = Histogram(counterResetHint: a)
            let notes = try histogram.add(Histogram(counterResetHint: b))
            return (histogram.counterResetHint, notes.contains(.resetCollision))
        }
        #expect(try sum(.reset, .notReset) == (.unknown, true))
        #expect(try sum(.gauge, .reset) == (.gauge, false))
        #expect(try sum(.notReset, .gauge) == (.gauge, false))
        #expect(try sum(.unknown, .reset) == (.unknown, false))
        #expect(try sum(.reset, .reset) == (.reset, false))
    }

    @Test func `exponential and custom buckets do not go together`() {
        var histogram = Histogram(schema: 0)
        #expect(throws: IncompatibleHistograms.self) { try histogram.add(Histogram(schema: -53)) }
        #expect(Histogram(schema: 0).isReset(from: Histogram(schema: -53)))
        #expect(Histogram(schema: -53).isReset(from: Histogram(schema: 0)))
    }

    @Test func `sums are compensated, and a mean does not overflow`() throws {
        var sum = HistogramSum(Histogram(count: 1, sum: 1e100))
        for value in [1.0, -1e100, 1.0] { _ = try sum.add(Histogram(count: 1, sum: value)) }
        #expect(sum.result.sum == 2)
        let huge = Histogram(
            count: 1, sum: .greatestFiniteMagnitude, positive: HistogramBuckets(offset: 0, counts: [1]))
        var mean = HistogramMean(huge)
        for _ in 0..<3 { _ = try mean.add(huge) }
        #expect(mean.result.sum / .greatestFiniteMagnitude > 1 - 1e-15 && mean.result.positive.counts == [1])
    }

    @Test func `division by zero leaves no bucket`() {
        var histogram = Histogram(count: 2, sum: 3, positive: HistogramBuckets(offset: 0, counts: [2]))
        histogram.divide(by: 0)
        #expect(histogram.count == .infinity && histogram.positive.isEmpty)
        histogram = Histogram(count: 2, sum: 3)
        histogram.multiply(by: -1)
        #expect(histogram.counterResetHint == .gauge && histogram.sum == -3)
    }

    @Test func `nonsense is refused`() {
        func error(_ change: (inout Histogram) -> Void) -> HistogramError? {
            var histogram = Histogram(count: 1, positive: HistogramBuckets(offset: 0, counts: [1]))
            change(&histogram)
            do throws(HistogramError) {
                try histogram.validate()
                return nil
            } catch { return error }
        }
        #expect(error { _ in } == nil)
        #expect(error { $0.schema = 9 } == .schema(9))
        #expect(error { $0.positive.counts = [] } == .spans(needed: 1, counts: 0))
        #expect(error { $0.positive.spans.append(.init(offset: -2, length: 0)) } == .offset(-2))
        #expect(error { $0.negative = .init(offset: 0, counts: [-1]) } == .negativeCount(-1))
        #expect(error { $0.count = -1 } == .negativeCount(-1))
        #expect(error { $0.customBounds = [1] } == .unexpectedParts)
        #expect(error { $0.schema = -53 } == nil)
        #expect(error { ($0.schema, $0.customBounds) = (-53, [2, 1]) } == .customBounds)
        #expect(error { ($0.schema, $0.positive) = (-53, .init(offset: 1, counts: [1])) } == .customBounds)
        #expect(error { ($0.schema, $0.zeroCount) = (-53, 1) } == .unexpectedParts)
    }

    @Test(arguments: 0..<300)
    func `whatever comes in is refused or can be computed with`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func number() -> Double {
            [0, 1, 2.5, -1, .nan, .infinity, 1e300, .leastNonzeroMagnitude].randomElement(using: &generator)!
        }
        func buckets() -> HistogramBuckets {
            let spans = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                HistogramSpan(
                    offset: [0, 1, 3, -1, 1000, .max, .min].randomElement(using: &generator)!,
                    length: UInt32.random(in: 0...3, using: &generator))
            }
            let needed = spans.reduce(0) { $0 + Int($1.length) }
            let count = Bool.random(using: &generator) ? needed : Int.random(in: 0...8, using: &generator)
            return HistogramBuckets(spans: spans, counts: (0..<count).map { _ in number() })
        }
        func histogram() -> Histogram {
            Histogram(
                schema: [-53, -4, 0, 3, 8, 9].randomElement(using: &generator)!, zeroThreshold: number(),
                zeroCount: number(), count: number(), sum: number(), positive: buckets(), negative: buckets(),
                customBounds: (0..<Int.random(in: 0...3, using: &generator)).map { _ in number() })
        }
        for _ in 0..<40 {
            var a = histogram(), b = histogram()
            guard (try? a.validate()) != nil, (try? b.validate()) != nil else { continue }
            _ = a.isReset(from: b)
            _ = "\(a) \(a.buckets.count)"
            var sum = HistogramSum(a)
            _ = try? sum.add(b)
            _ = try? a.add(b)
            _ = try? b.subtract(a)
            a.trim(.below, at: number())
            b.trim(.above, at: number())
            b.compact(gap: 2)
        }
    }
}
