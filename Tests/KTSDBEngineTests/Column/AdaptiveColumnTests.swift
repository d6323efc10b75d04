import KTSDBEngine
import KTSDBTesting
import Testing

/// Encodes with either threshold, and decodes within guarded memory.
struct ColumnCoder {
    static let lengths = [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 127, 128, 129, 130, 255, 257, 480, 1000, 1023, 1024]
    private static let unwritten = 0x5a5a_5a5a_5a5a_5a5a as UInt64

    static func encode(_ values: [UInt64], threshold: Double = ColumnEncoder.balanced) -> [UInt8] {
        var encoder = ColumnEncoder(threshold: threshold)
        let doubles = values.map { Double(bitPattern: $0) }
        encoder.encode(doubles.span)
        return unsafe encoder.bytes.withUnsafeBytes { unsafe Array($0) }
    }

    /// The values, and how many bytes they took; nil if the bytes are refused.
    static func decode(_ bytes: [UInt8], _ count: Int, _ kernels: ColumnKernels) -> (values: [UInt64], byteCount: Int)?
    {
        let input = GuardedMemory(byteCount: bytes.count + AdaptiveColumn.readablePadding)
        unsafe input.start.initializeMemory(
            as: UInt8.self, repeating: 0xff, count: bytes.count + AdaptiveColumn.readablePadding)
        unsafe bytes.withUnsafeBytes { unsafe input.start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        let output = GuardedMemory(byteCount: count * 8)
        let values = unsafe output.start.bindMemory(to: Double.self, capacity: count)
        var target = unsafe MutableSpan(_unsafeStart: values, count: count)
        let workspace = GuardedMemory(byteCount: AdaptiveColumn.workspaceWordCount * 8)
        var words = unsafe MutableSpan<Int64>(
            _unsafeStart: workspace.start, byteCount: AdaptiveColumn.workspaceWordCount * 8)
        let padded = unsafe RawSpan(
            _unsafeStart: UnsafeRawPointer(input.start), byteCount: bytes.count + AdaptiveColumn.readablePadding)
        guard
            let length = AdaptiveColumn.decode(
                padded, byteCount: bytes.count, count: count, to: &target, workspace: &words, kernels: kernels)
        else { return nil }
        return ((0..<count).map { unsafe values[$0].bitPattern }, length)
    }
}

/// Columns of all the shapes that the codec has a way for.
private func shapes(_ count: Int, _ random: inout SeededGenerator) -> [(name: String, values: [UInt64])] {
    var generator = random
    func doubles(_ name: String, _ next: (Int) -> Double) -> (String, [UInt64]) {
        (name, (0..<count).map { next($0).bitPattern })
    }
    var sum = 0.0, walk = 50.0, integer = 0
    let shapes: [(String, [UInt64])] = [
        ("random bits", (0..<count).map { _ in generator.next() }),
        doubles("bytes") { _ in Double(generator.below(256)) },
        doubles("line with a divisor") { Double($0 * 4096) },
        doubles("odd divisor") { _ in Double(generator.below(1000) * 6000 + 17) },
        doubles("steps") { Double($0 / 17) },
        doubles("negative thousandths") { Double($0 - 500) * 1000 / 1001 },
        doubles("two decimals") { _ in Double(generator.below(2001) - 1000) / 100 },
        doubles("fifteen digits") { _ in Double(generator.below(1 << 49)) / 1e15 },
        doubles("wide integers") { _ in Double(generator.below(1 << 51) - 1 << 50) },
        doubles("outliers") { _ in generator.oneIn(50) ? 1e15 : Double(generator.below(3)) },
        doubles("wide outliers") { _ in generator.oneIn(20) ? 1e14 : Double(generator.below(100)) },
        doubles("parabola") { Double($0 * $0) },
        doubles("few values") { _ in generator.pick([3.0, 70, 70, 70, 901, 12_345_678]) },
        doubles("sum of tenths") { _ in
            sum += 0.1
            return sum
        },
        doubles("walk of doubles") { _ in
            walk += Double(generator.below(2001) - 1000) / 977
            return walk
        },
        doubles("walk of integers") { _ in
            integer += generator.below(3) - 1
            return Double(integer)
        },
        doubles("rare changes") { _ in
            integer += generator.oneIn(30) ? 1 : 0
            return Double(integer)
        },
        doubles("jitter around a line") { Double($0 * 15_000 + generator.below(9)) },
        doubles("subnormals") { Double(bitPattern: UInt64($0 * 3)) },
        doubles("zeros of both signs") { $0 % 3 == 0 ? -0.0 : 0 },
        doubles("half NaN of any payload, half any bits") { _ in
            Double(bitPattern: generator.oneIn(2) ? generator.next() | 0x7ff0_0000_0000_0001 : generator.next())
        },
        doubles("counter with stale markers") {
            $0 % 40 == 39 ? Double(bitPattern: 0x7ff0_0000_0000_0002) : Double($0 * 7 + generator.below(20))
        },
        doubles("ends in NaN and infinity") {
            $0 * 4 > count * 3 ? ($0 % 5 == 0 ? .infinity : .nan) : Double(generator.below(5))
        },
    ]
    random = generator
    return shapes
}

@Suite("Adaptive columns")
struct AdaptiveColumnTests {
    private func check(_ values: [UInt64], _ note: String) -> Set<String> {
        var features: Set<String> = []
        for threshold in [ColumnEncoder.balanced, ColumnEncoder.small] {
            let bytes = ColumnCoder.encode(values, threshold: threshold)
            for kernels in [ColumnKernels.portable, .best] {
                let decoded = ColumnCoder.decode(bytes, values.count, kernels)
                #expect(decoded?.values == values, "\(note), \(values.count) values, \(kernels)")
                #expect(decoded?.byteCount == bytes.count, "\(note)")
            }
            var naive = NaiveColumn(bytes)
            #expect(naive.values(values.count) == values, "\(note), \(values.count) values, read naively")
            #expect(naive.position == bytes.count, "\(note)")
            features.formUnion(naive.features)
        }
        return features
    }

    @Test("every shape and length comes back bit for bit, in every way to read it, and every way to store it occurs")
    func roundTrip() {
        var features: Set<String> = []
        for (seed, count) in ColumnCoder.lengths.enumerated() {
            var random = SeededGenerator(seed: UInt64(seed))
            for (name, values) in shapes(count, &random) { features.formUnion(check(values, name)) }
        }
        #expect(
            features == [
                "constant", "decimal", "pattern", "near decimal", "exponent", "divisor", "exceptions", "none", "delta",
                "delta of delta", "line", "constant residuals", "frames", "patches", "prefix code", "low bits",
                "exceptions of prefix codes", "dictionary", "runs of zeros",
            ])
    }

    @Test("unusual values come back from every row", arguments: SampleGenerator.unusualValues)
    func unusualValues(bits: UInt64) {
        for count in [1, 2, 3, 64, 129, 1024] {
            _ = check(Array(repeating: bits, count: count), "constant")
            for row in Set([0, count / 2, count - 1]) {
                var integers = (0..<count).map { Double($0 * 3).bitPattern }
                integers[row] = bits
                _ = check(integers, "\(bits) at \(row) among integers")
                var decimals = (0..<count).map { (Double($0 % 50) / 100).bitPattern }
                decimals[row] = bits
                _ = check(decimals, "\(bits) at \(row) among decimals")
            }
        }
    }

    @Test("counters with steps of every width come back", arguments: 1...52)
    func widths(width: Int) {
        var random = SeededGenerator(seed: UInt64(width))
        for count in [128, 129, 300] {
            var counter: UInt64 = 0
            let values = (0..<count).map { _ in
                counter = (counter + random.next() >> UInt64(64 - width)) & (1 << 51 - 1)
                return Double(counter).bitPattern
            }
            _ = check(values, "steps of \(width) bits")
        }
    }

    @Test("samples as they come come back", arguments: 0..<40 as Range<UInt64>)
    func generated(seed: UInt64) {
        var generator = SampleGenerator(seed: seed)
        for count in SampleGenerator.lengths where count > 0 { _ = check(generator.values(count), "seed \(seed)") }
    }

    @Test(
        "any bytes decode to the same with all kernels or are refused, and nothing else is touched",
        arguments: 0..<24 as Range<UInt64>)
    func damage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for (name, values) in shapes([480, 129, 1024][Int(seed % 3)], &random) {
            let bytes = ColumnCoder.encode(values)
            for _ in 0..<30 {
                var damaged = bytes
                for _ in 0...random.below(3) { damaged[random.below(damaged.count)] = UInt8(random.below(256)) }
                // The first bytes are what steers the decoder.
                if random.oneIn(2) { damaged[random.below(min(12, damaged.count))] = UInt8(random.below(256)) }
                if random.oneIn(3) { damaged.removeLast(random.below(damaged.count)) }
                let count = random.oneIn(2) ? values.count : 1 + random.below(1024)
                let portable = ColumnCoder.decode(damaged, count, .portable)
                let best = ColumnCoder.decode(damaged, count, .best)
                #expect(portable?.byteCount == best?.byteCount, "\(name)")
                #expect(portable?.values == best?.values, "\(name)")
            }
            #expect(ColumnCoder.decode(Array(bytes.dropLast()), values.count, .best) == nil, "\(name)")
        }
    }

    @Test("differences are added up to the same bits by all kernels, and replace what is not finite")
    func accumulate() {
        let bits = SampleGenerator.unusualValues + [1.5, 3, -2, 1e308, 0x1p52].map(\.bitPattern)
        let pairs = bits.flatMap { left in bits.map { (left, $0) } }
        let differences = pairs.map { Double(bitPattern: $0.1) }
        let expected = pairs.map { left, right in
            let sum = Double(bitPattern: left) + Double(bitPattern: right)
            return sum.isFinite ? sum.bitPattern : right
        }
        for kernels in [ColumnKernels.portable, .best] {
            for count in [0, 1, 3, 4, 5, pairs.count] {
                var sums = pairs.map { Double(bitPattern: $0.0) }
                var span = sums.mutableSpan
                kernels.accumulate(differences.span, count, to: &span)
                #expect(sums.prefix(count).map(\.bitPattern) == Array(expected.prefix(count)), "\(kernels)")
                #expect(sums.dropFirst(count).map(\.bitPattern) == pairs.dropFirst(count).map(\.0))
            }
        }
    }

    @Test("random bytes decode or are refused", arguments: 0..<8 as Range<UInt64>)
    func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var bytes = (0..<(1 + random.below(300))).map { _ in UInt8(random.below(256)) }
            bytes[0] = UInt8(random.below(32))
            if bytes.count > 1 { bytes[1] = UInt8(random.below(16)) }
            let count = 1 + random.below(1024)
            let portable = ColumnCoder.decode(bytes, count, .portable), best = ColumnCoder.decode(bytes, count, .best)
            #expect(portable?.values == best?.values && portable?.byteCount == best?.byteCount)
        }
    }
}
