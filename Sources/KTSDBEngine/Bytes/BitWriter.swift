internal import KTSDBModel

/// Writes a bit stream, lowest bit of each byte first, to borrowed bytes.
///
/// Bits from `bitCount` on are undefined; those before never change.
struct BitWriter: ~Copyable, ~Escapable {
    /// A put stores up to 9 bytes from the byte of its first bit on. This many bytes of room after the last bit
    /// suffice.
    static let slack = 16

    private var bytes: MutableRawSpan
    /// A put must start in a byte below this one: nine bytes are there from any of these on.
    private let startLimit: Int
    private(set) var bitCount: Int

    /// Continues a stream of `bitCount` bits that starts at the first byte of `bytes`.
    @inline(__always)
    @_lifetime(copy bytes)
    init(_ bytes: consuming MutableRawSpan, bitCount: Int = 0) {
        startLimit = max(0, bytes.byteCount &- 8)
        self.bytes = bytes
        self.bitCount = bitCount
    }

    /// Appends the lowest `count` bits of `bits`, whose other bits are zero. `count` is in `0...64`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func put(_ bits: UInt64, _ count: Int) {
        let start = bitCount &>> 3, shift = UInt64(truncatingIfNeeded: bitCount & 7)
        MemoryBounds.checkStart(start, below: startLimit, size: 9)
        // SAFETY: nine bytes from `start` on are in bounds. One check instead of three, since every append is a put.
        let first = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: start, as: UInt8.self)
        let word = UInt64(first) & lowBits(bitCount & 7) | bits &<< shift
        unsafe bytes.storeBytes(of: word.littleEndian, toUncheckedByteOffset: start, as: UInt64.self)
        if bitCount & 7 &+ count > 64 {
            let last = UInt8(truncatingIfNeeded: bits &>> (64 &- shift))
            unsafe bytes.storeBytes(of: last, toUncheckedByteOffset: start &+ 8, as: UInt8.self)
        }
        bitCount &+= count
    }

    /// Pads the stream with zero bits to a whole byte and returns its length in bytes.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func finish() -> Int {
        put(0, -bitCount & 7)
        return bitCount &>> 3
    }
}

extension FieldBuffer {
    /// Appends the bits that `write` puts, at most `count`, padded with zeros to a whole byte.
    @inline(__always)
    mutating func appendBits(atMost count: Int, _ write: (inout BitWriter) -> Void) {
        append(upTo: (count + 7) / 8 + BitWriter.slack) { room in
            var writer = BitWriter(room._mutatingExtracting(0..<room.byteCount))
            write(&writer)
            return writer.finish()
        }
    }
}
