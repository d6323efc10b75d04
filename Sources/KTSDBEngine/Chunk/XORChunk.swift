internal import KTSDBModel

/// What an open chunk keeps between appends: the hot state of a series, 32 bytes.
package struct XORState: BitwiseCopyable, Sendable {
    /// The last sample's time.
    package private(set) var lastTime: Int64 = 0
    /// The last sample's distance from the one before it, modulo 2^64; 0 after the first.
    private(set) var lastDelta: Int64 = 0
    /// The bits of the last sample's value.
    package private(set) var lastValue: UInt64 = 0
    /// The length of the stream in bits.
    package private(set) var bitCount: UInt32 = 0
    /// The number of samples in the stream.
    package private(set) var sampleCount: UInt16 = 0
    /// The last window of significant bits.
    private(set) var leading = XORCode.noWindow, trailing: UInt8 = 0

    /// The state of an empty chunk.
    package init() {}

    /// The state of an empty chunk of a series that has its newest sample elsewhere.
    init(lastTime: Int64, lastValue: UInt64) {
        self.lastTime = lastTime
        self.lastValue = lastValue
    }

    /// The state of an encoder, read from a file; nil if no encoder can have this state.
    init?(
        lastTime: Int64, lastDelta: Int64, lastValue: UInt64, bitCount: UInt32, sampleCount: UInt16, leading: UInt8,
        trailing: UInt8
    ) {
        let hasWindow = leading <= 31 && Int(leading) + Int(trailing) < 64
        guard sampleCount > 0, bitCount >= 128, hasWindow || (leading == XORCode.noWindow && trailing == 0) else {
            return nil
        }
        self.lastTime = lastTime
        self.lastDelta = lastDelta
        self.lastValue = lastValue
        self.bitCount = bitCount
        self.sampleCount = sampleCount
        self.leading = leading
        self.trailing = trailing
    }

    /// Begins an empty chunk. Keeps the last time and value, by which the next sample is judged.
    mutating func restart() { self = XORState(lastTime: lastTime, lastValue: lastValue) }

    /// The length of the stream in bytes. The last byte may not be full.
    @inline(__always)
    package var byteCount: Int { Int((bitCount &+ 7) &>> 3) }

    @inline(__always)
    @_lifetime(writer: copy writer)
    fileprivate mutating func append(_ time: Int64, _ value: UInt64, to writer: inout BitWriter) {
        if sampleCount == 0 {
            writer.put(UInt64(bitPattern: time), 64)
            writer.put(value, 64)
        } else {
            let delta = time &- lastTime
            let change = delta &- lastDelta
            lastDelta = delta
            var (prefix, prefixCount) = TimeCode.code(change)
            if prefixCount > 37 {
                writer.put(prefix, 5)
                writer.put(UInt64(bitPattern: change), 64)
                (prefix, prefixCount) = (0, 0)
            }
            XORCode.put(
                value ^ lastValue, after: prefix, prefixCount, leading: &leading, trailing: &trailing, to: &writer)
        }
        lastTime = time
        lastValue = value
        sampleCount &+= 1
        bitCount = UInt32(truncatingIfNeeded: writer.bitCount)
    }
}

/// The stream of an open chunk: times and values of one series as one run of bits, appended sample by sample.
///
/// The first sample takes 64 bits of time and 64 of value. Each further one is the change of the time's step in
/// ``TimeCode``, then the value in ``XORCode``. Blocks have other encodings; checkpoints store the stream as it is
/// (FORMAT.md, section 6).
///
/// An append changes no bit before `bitCount`, but it stores whole words. A reader therefore copies the bytes under the
/// writer's lock before it decodes them.
package enum XORChunk {
    /// The room after ``XORState/byteCount`` that one append may use.
    package static let maximumSampleBytes = 32

    /// Appends a sample with any time and any value bits.
    ///
    /// There are ``maximumSampleBytes`` of room, fewer than 65,535 samples and fewer than 2^29 bytes, and `writer` is
    /// at the end of the state's stream.
    @inline(__always)
    @_lifetime(writer: copy writer)
    static func append(_ time: Int64, _ value: UInt64, to state: inout XORState, _ writer: inout BitWriter) {
        assert(writer.bitCount == Int(state.bitCount))
        state.append(time, value, to: &writer)
    }

    /// Does the same for the bytes of a stream.
    @inline(__always)
    package static func append(
        _ time: Int64, _ value: UInt64, to state: inout XORState, in bytes: inout MutableRawSpan
    ) {
        var writer = BitWriter(bytes._mutatingExtracting(0..<bytes.byteCount), bitCount: Int(state.bitCount))
        state.append(time, value, to: &writer)
    }

    /// Returns the time of the first sample of a stream that has one.
    @inline(__always)
    static func firstTime(_ bytes: RawSpan) -> Int64 { bytes.load(littleEndian: Int64.self, at: 0) }

    /// Decodes the first `sampleCount` samples of a stream to the beginnings of `times` and `values`, which have room
    /// for them.
    ///
    /// Safe for any bytes; no padding is needed.
    /// - Returns: false if the bytes are malformed; `times` and `values` are then meaningless.
    package static func decode(
        _ bytes: RawSpan, sampleCount: Int, times: inout MutableSpan<Int64>, values: inout MutableSpan<Double>
    ) -> Bool {
        guard sampleCount > 0 else { return true }
        let byteCount = bytes.byteCount
        guard byteCount >= 16 else { return false }
        let time = bytes.load(littleEndian: Int64.self, at: 0), value = bytes.load(littleEndian: UInt64.self, at: 8)
        times[0] = time
        values[0] = Double(bitPattern: value)
        var reader = JointReader(time: time, values: XORReader(bit: 128, value: value))
        var index = 1
        // A sample that starts at or before this bit is read within the bytes.
        let safeBit = (byteCount &- XORReader.slack) &* 8
        guard reader.read(bytes, through: safeBit, &index, sampleCount, &times, &values) else { return false }
        guard index < sampleCount else { return true }
        let start = reader.values.bit &>> 3, end = (byteCount &- start) &* 8
        guard start <= byteCount else { return false }
        let tail = StreamTail(bytes.extracting(start..<byteCount))
        reader.values.bit &= 7
        // The copy is followed by enough zeros for a sample that starts at its end.
        let isWhole = reader.read(tail.bytes, through: end, &index, sampleCount, &times, &values)
        return isWhole && index == sampleCount && reader.values.bit <= end
    }
}

/// The bit code of a change of step. Smaller changes have shorter codes.
///
/// `0`: no change. `10`, 7 bits: -63...64. `110`, 14 bits: -8191...8192. `1110`, 20 bits: -524287...524288. `11110`, 32
/// bits: -2^31+1...2^31. `11111`, 64 bits: any. The bits are the change minus the smallest one of its range; 64 bits
/// are the change itself.
enum TimeCode {
    /// A change takes at most this many bits.
    static let maximumBits = 69

    /// Returns the code's bits and their number. For a change of 69 bits, `bits` has only the first five.
    @inline(__always)
    static func code(_ change: Int64) -> (bits: UInt64, count: Int) {
        if change == 0 { return (0, 1) }
        let bits = UInt64(bitPattern: change)
        if bits &+ 63 < 1 << 7 { return (0b01 | (bits &+ 63) &<< 2, 9) }
        if bits &+ 8191 < 1 << 14 { return (0b011 | (bits &+ 8191) &<< 3, 17) }
        if bits &+ 524_287 < 1 << 20 { return (0b0111 | (bits &+ 524_287) &<< 4, 24) }
        if bits &+ 2_147_483_647 < 1 << 32 { return (0b01111 | (bits &+ 2_147_483_647) &<< 5, 37) }
        return (0b11111, 69)
    }

    /// Reads a change other than 0 at `bit`, whose first bits are in `window`, and moves `bit` past it.
    @inline(__always)
    static func next(_ bytes: RawSpan, _ window: UInt64, _ bit: inout Int) -> Int64 {
        switch (~window).trailingZeroBitCount {
        case 1:
            bit &+= 9
            return Int64(truncatingIfNeeded: window &>> 2 & 0x7f) &- 63
        case 2:
            bit &+= 17
            return Int64(truncatingIfNeeded: window &>> 3 & 0x3fff) &- 8191
        case 3:
            bit &+= 24
            return Int64(truncatingIfNeeded: window &>> 4 & 0xf_ffff) &- 524_287
        case 4:
            bit &+= 37
            return Int64(truncatingIfNeeded: window &>> 5 & 0xffff_ffff) &- 2_147_483_647
        default:
            bit &+= 69
            return Int64(bitPattern: bytes.wideBits(at: bit &- 64))
        }
    }
}

/// Reads times and values alternately.
private struct JointReader {
    var time: Int64
    var delta: Int64 = 0
    var values: XORReader

    /// Reads samples `index..<count`, up to the first one that starts after bit `last`. Returns false if one is
    /// malformed.
    @inline(__always)
    mutating func read(
        _ bytes: RawSpan, through last: Int, _ index: inout Int, _ count: Int, _ times: inout MutableSpan<Int64>,
        _ output: inout MutableSpan<Double>
    ) -> Bool {
        while index < count, values.bit <= last {
            var window = bytes.bits(at: values.bit)
            if window & 1 == 0 {
                values.bit &+= 1
                window &>>= 1
            } else {
                delta &+= TimeCode.next(bytes, window, &values.bit)
                window = bytes.bits(at: values.bit)
            }
            time &+= delta
            guard values.next(bytes, window) else { return false }
            times[index] = time
            output[index] = Double(bitPattern: values.value)
            index &+= 1
        }
        return true
    }
}
