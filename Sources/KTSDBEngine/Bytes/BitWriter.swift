/// Writes a bit stream, lowest bit of each byte first, into memory that the caller owns.
///
/// The bits of the byte at the end that are not written yet are undefined; what is before `bitCount` never changes.
@safe
struct BitWriter {
    /// A put stores up to 9 bytes from the byte of its first bit on; the caller keeps this much room after `bitCount`.
    static let slack = 16

    private let base: UnsafeMutablePointer<UInt8>
    private(set) var bitCount: Int

    /// Continues the stream at `base` after `bitCount` bits.
    ///
    /// The caller keeps `slack` bytes of room after the last bit, before every call of `put`.
    @inline(__always)
    @unsafe
    init(_ base: UnsafeMutablePointer<UInt8>, bitCount: Int = 0) {
        unsafe self.base = base
        self.bitCount = bitCount
    }

    /// Appends the lowest `count` bits of `bits`, whose other bits are zero; `count` is in `0...64`.
    @inline(__always)
    mutating func put(_ bits: UInt64, _ count: Int) {
        let shift = UInt64(truncatingIfNeeded: bitCount & 7)
        // SAFETY: the caller keeps `slack` bytes of room after the last bit.
        let target = unsafe base + (bitCount &>> 3)
        let kept = unsafe UInt64(target.pointee) & lowBits(bitCount & 7)
        let word = kept | bits &<< shift
        unsafe UnsafeMutableRawPointer(target).storeBytes(of: word.littleEndian, as: UInt64.self)
        if bitCount & 7 &+ count > 64 { unsafe target[8] = UInt8(truncatingIfNeeded: bits &>> (64 &- shift)) }
        bitCount &+= count
    }

    /// Ends the stream on a byte boundary with zero bits and returns its length in bytes.
    @inline(__always)
    mutating func finish() -> Int {
        put(0, -bitCount & 7)
        return bitCount &>> 3
    }
}
