import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Encoded bytes in memory that is padded as the decoders want, with bytes that no column would like.
@safe
private struct PaddedBytes: ~Copyable {
    private let base: UnsafeMutableRawPointer
    let count: Int
    private let all: Int

    init(_ bytes: [UInt8], padding: Int) {
        count = bytes.count
        all = bytes.count + padding
        unsafe base = .allocate(byteCount: bytes.count + padding, alignment: 1)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes.count + padding)
        unsafe bytes.withUnsafeBytes {
            unsafe base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count)
        }
    }

    deinit { unsafe base.deallocate() }

    /// The bytes and the padding.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            unsafe _overrideLifetime(RawSpan(_unsafeStart: base, byteCount: all), borrowing: self)
        }
    }
}

/// What `encode` writes into memory full of other bytes.
private func encoded(_ room: Int, _ encode: (inout MutableRawSpan) -> Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0xa5, count: room)
    var span = buffer.mutableSpan
    var bytes = span.rawMutableBytes
    let count = encode(&bytes)
    return Array(buffer.prefix(count))
}

@Suite("Value columns of blocks")
struct ValueColumnTests {
    private func encode(_ values: [UInt64]) -> [UInt8] {
        let doubles = values.map { Double(bitPattern: $0) }
        return encoded(ValueColumn.maximumByteCount) { ValueColumn.encodeXOR(doubles.span, to: &$0) }
    }

    private func isConstant(_ values: [UInt64]) -> Bool {
        let doubles = values.map { Double(bitPattern: $0) }
        return ValueColumn.isConstant(doubles.span)
    }

    private func decode(_ bytes: [UInt8], _ count: Int) -> [UInt64]? {
        let padded = PaddedBytes(bytes, padding: ValueColumn.readablePadding)
        var values = [Double](repeating: 0, count: max(count, 1))
        var span = values.mutableSpan
        let isWhole = ValueColumn.decodeXOR(padded.bytes, byteCount: padded.count, count: count, to: &span)
        return isWhole ? values.prefix(count).map(\.bitPattern) : nil
    }

    /// The column read bit by bit, as FORMAT.md describes it.
    private func naiveDecode(_ bytes: [UInt8], _ count: Int) -> [UInt64] {
        var position = 0
        func bits(_ count: Int) -> UInt64 {
            defer { position += count }
            return (0..<count).reduce(0) { word, index in
                let bit = position + index
                return word | UInt64(bytes[bit / 8] >> UInt8(bit % 8) & 1) << UInt64(index)
            }
        }
        var values = [bits(64)]
        var trailing = 0, length = 0
        while values.count < count {
            var difference: UInt64 = 0
            if bits(1) == 1 {
                if bits(1) == 1 {
                    let leading = Int(bits(5))
                    length = Int(bits(6))
                    if length == 0 { length = 64 }
                    trailing = 64 - leading - length
                }
                difference = bits(length) << UInt64(trailing)
            }
            values.append(values[values.count - 1] ^ difference)
        }
        return values
    }

    @Test(
        "values come back bit for bit, from the fast reader and from the naive one", arguments: 0..<60 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var generator = SampleGenerator(seed: seed)
        for count in SampleGenerator.lengths where count > 0 {
            let values = generator.values(count)
            let bytes = encode(values)
            #expect(decode(bytes, count) == values)
            #expect(naiveDecode(bytes, count) == values)
            #expect(isConstant(values) == (Set(values).count == 1))
        }
    }

    @Test("NaN payloads and the two zeros are different values")
    func bitsCount() {
        #expect(!isConstant([0, (-0.0).bitPattern]))
        #expect(!isConstant([0x7ff8_0000_0000_0001, 0x7ff8_0000_0000_0002]))
        #expect(isConstant([0x7ff0_0000_0000_0002, 0x7ff0_0000_0000_0002]))
        #expect(isConstant([]))
    }

    @Test(
        "any bytes decode or are refused, and a column that is too short is refused", arguments: 0..<40 as Range<UInt64>
    )
    func corrupt(seed: UInt64) {
        var generator = SampleGenerator(seed: seed)
        let bytes = encode(generator.values(240))
        for _ in 0..<200 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &generator.random)] = generator.random.next()
            damaged.removeLast(Int.random(in: 0..<bytes.count, using: &generator.random))
            _ = decode(damaged, Int.random(in: 0...1024, using: &generator.random))
        }
        #expect(decode(Array(bytes.dropLast()), 240) == nil)
        #expect(decode(bytes, 241 + bytes.count * 8) == nil)
    }
}

@Suite("Time columns of blocks")
struct TimeColumnTests {
    private func isRegular(_ times: [Int64]) -> Bool { TimeColumn.isRegular(times.span) }

    private func decode(_ bytes: [UInt8], _ times: [Int64]) -> [Int64]? {
        let padded = PaddedBytes(bytes, padding: TimeColumn.readablePadding)
        var decoded = [Int64](repeating: 0, count: times.count)
        var span = decoded.mutableSpan
        let isWhole = TimeColumn.decode(
            padded.bytes, byteCount: padded.count, rows: times.count, first: times[0], last: times[times.count - 1],
            to: &span)
        return isWhole ? decoded : nil
    }

    @Test("times come back", arguments: 0..<80 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var generator = SampleGenerator(seed: seed)
        for count in SampleGenerator.lengths where count > 1 {
            let times = generator.times(count)
            let integers = TimeColumn.encode(times.span)
            #expect(decode(integers, times) == times)
            var naive = NaiveColumn(Array(integers.dropFirst()))
            #expect(integers[0] == 1 && naive.integers(count) == times.map { $0 &- times[0] })
            let distances = Set(zip(times, times.dropFirst()).map { $1 &- $0 })
            #expect(isRegular(times) == (distances.count == 1))
        }
    }

    @Test("the step of a regular column follows from its ends", arguments: [1, 2, 3, 240, 1024])
    func step(rows: Int) {
        for (first, step) in [(0, 15_000), (-1 << 40, 1), (.min, Int64.max / 1024), (Int64.max - 5000, 3)]
            as [(Int64, Int64)]
        {
            let times = (0..<Int64(rows)).map { first &+ $0 &* step }
            let found = TimeColumn.step(rows: rows, first: first, last: times[rows - 1])
            #expect(found == (rows == 1 ? 0 : UInt64(step)))
            #expect(isRegular(times))
            var filled = [Int64](repeating: 0, count: rows / 2)
            var span = filled.mutableSpan
            TimeColumn.fill(&span, first: first, step: UInt64(step), rows: (rows - rows / 2)..<rows)
            #expect(filled == Array(times.suffix(rows / 2)))
        }
        #expect(TimeColumn.step(rows: 3, first: 0, last: 5) == nil)
        #expect(TimeColumn.step(rows: 3, first: 6, last: 2) == nil)
        #expect(TimeColumn.step(rows: 1, first: 1, last: 2) == nil)
        #expect(TimeColumn.step(rows: 0, first: 0, last: 0) == nil)
        #expect(TimeColumn.step(rows: 2, first: .min, last: .max) == .max)
    }

    @Test("any bytes decode to ascending times with the right ends, or are refused", arguments: 0..<40 as Range<UInt64>)
    func corrupt(seed: UInt64) {
        var generator = SampleGenerator(seed: seed)
        let times = generator.times(300)
        let bytes = TimeColumn.encode(times.span)
        for _ in 0..<200 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &generator.random)] = generator.random.next()
            if Bool.random(using: &generator.random) {
                damaged.removeLast(Int.random(in: 0..<bytes.count, using: &generator.random))
            }
            guard let decoded = decode(damaged, times) else { continue }
            #expect(decoded[0] == times[0] && decoded[299] == times[299])
            #expect(zip(decoded, decoded.dropFirst()).allSatisfy { $0 < $1 })
        }
        #expect(decode([], times) == nil)
        #expect(decode([4] + bytes.dropFirst(), times) == nil)
    }
}
