import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The same stream, bit by bit and value by value: what the fast code is compared with.
private struct NaiveXORChunk {
    var bits: [Bool] = []
    private var time: Int64 = 0, delta: Int64 = 0, value: UInt64 = 0
    private var window: (leading: Int, trailing: Int)?

    private mutating func put(_ number: UInt64, _ count: Int) {
        for bit in 0..<count { bits.append(number >> UInt64(bit) & 1 == 1) }
    }

    mutating func append(_ newTime: Int64, _ newValue: UInt64) {
        defer { (time, value) = (newTime, newValue) }
        guard !bits.isEmpty else {
            put(UInt64(bitPattern: newTime), 64)
            put(newValue, 64)
            return
        }
        let change = newTime &- time &- delta
        delta = newTime &- time
        switch change {
        case 0: put(0, 1)
        case -63...64: put(0b01 | UInt64(change + 63) << 2, 9)
        case -8191...8192: put(0b011 | UInt64(change + 8191) << 3, 17)
        case -524_287...524_288: put(0b0111 | UInt64(change + 524_287) << 4, 24)
        case -2_147_483_647...2_147_483_648: put(0b01111 | UInt64(change + 2_147_483_647) << 5, 37)
        default:
            put(0b11111, 5)
            put(UInt64(bitPattern: change), 64)
        }
        let difference = newValue ^ value
        guard difference != 0 else { return put(0, 1) }
        let leading = min(difference.leadingZeroBitCount, 31), trailing = difference.trailingZeroBitCount
        let count = 64 - leading - trailing
        if let window, leading >= window.leading, trailing >= window.trailing,
            64 - window.leading - window.trailing <= count + 11
        {
            put(0b01, 2)
            put(difference >> UInt64(window.trailing), 64 - window.leading - window.trailing)
        } else {
            window = (leading, trailing)
            put(0b11, 2)
            put(UInt64(leading), 5)
            put(UInt64(count % 64), 6)
            put(difference >> UInt64(trailing), count)
        }
    }

    var bytes: [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (start..<min(start + 8, bits.count)).reduce(0) { $0 | (bits[$1] ? 1 << UInt8($1 - start) : 0) }
        }
    }
}

@Suite("The joint stream of open chunks")
struct XORChunkTests {
    /// Appends all samples into memory that was full of other bytes, and returns the stream.
    private func encode(_ times: [Int64], _ values: [UInt64]) -> (bytes: [UInt8], state: XORState) {
        var state = XORState()
        var buffer = [UInt8](repeating: 0xa5, count: (times.count + 1) * XORChunk.maximumSampleBytes)
        var span = buffer.mutableSpan
        var target = span.rawMutableBytes
        for (time, value) in zip(times, values) { XORChunk.append(time, value, to: &state, in: &target) }
        var bytes = Array(buffer.prefix(state.byteCount))
        let used = Int(state.bitCount % 8)
        if used > 0 { bytes[bytes.count - 1] &= UInt8(1 << used - 1) }
        return (bytes, state)
    }

    private func decode(_ bytes: [UInt8], _ count: Int) -> (times: [Int64], values: [UInt64])? {
        var times = [Int64](repeating: 0, count: count), values = [Double](repeating: 0, count: count)
        var timeSpan = times.mutableSpan, valueSpan = values.mutableSpan
        let whole = XORChunk.decode(bytes.span.rawBytes, sampleCount: count, times: &timeSpan, values: &valueSpan)
        return whole ? (times, values.map(\.bitPattern)) : nil
    }

    @Test("the state of a series is 32 bytes")
    func stateSize() { #expect(MemoryLayout<XORState>.stride == 32) }

    @Test(
        "what is appended is what is decoded, and the bits are those of the naive encoder",
        arguments: 0..<60 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = SampleGenerator(seed: seed)
        for count in SampleGenerator.lengths {
            let times = generator.times(count), values = generator.values(count)
            let (bytes, state) = encode(times, values)
            var naive = NaiveXORChunk()
            for (time, value) in zip(times, values) { naive.append(time, value) }
            #expect(bytes == naive.bytes)
            #expect(Int(state.sampleCount) == count)
            let decoded = try #require(decode(bytes, count))
            #expect(decoded.times == times)
            #expect(decoded.values == values)
        }
    }

    @Test("times in any order and the extremes of Int64 round-trip")
    func extremeTimes() throws {
        let times: [Int64] = [.max, .min, 0, .min, .max, -1, 1, .max, .max - 1]
        let values = [UInt64](repeating: 7, count: times.count)
        let decoded = try #require(decode(encode(times, values).bytes, times.count))
        #expect(decoded.times == times)
    }

    @Test("the first samples of a longer stream can be decoded alone", arguments: 0..<20 as Range<UInt64>)
    func prefix(seed: UInt64) throws {
        var generator = SampleGenerator(seed: seed)
        let times = generator.times(100), values = generator.values(100)
        let bytes = encode(times, values).bytes
        for count in [0, 1, 2, 50, 99] {
            let decoded = try #require(decode(bytes, count))
            #expect(decoded.times == Array(times.prefix(count)))
            #expect(decoded.values == Array(values.prefix(count)))
        }
    }

    @Test(
        "any bytes decode or are refused, and a stream that is too short is refused", arguments: 0..<60 as Range<UInt64>
    )
    func corrupt(seed: UInt64) {
        var generator = SampleGenerator(seed: seed)
        let bytes = encode(generator.times(120), generator.values(120)).bytes
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator.random) {
                damaged[Int.random(in: 0..<bytes.count, using: &generator.random)] = generator.random.next()
            }
            damaged.removeLast(Int.random(in: 0..<bytes.count, using: &generator.random))
            _ = decode(damaged, Int.random(in: 0...1000, using: &generator.random))
        }
        for _ in 0..<200 {
            let noise = (0..<Int.random(in: 0...80, using: &generator.random)).map { _ in
                generator.random.next() as UInt8 | (seed % 2 == 0 ? 0x33 : 0)
            }
            _ = decode(noise, 300)
        }
        #expect(decode(Array(bytes.dropLast()), 120) == nil)
        #expect(decode(bytes, 120 + bytes.count * 8) == nil)
    }
}
