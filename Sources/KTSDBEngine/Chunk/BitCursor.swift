/// A read position in a bit stream, lowest bit of each byte first; never reads outside of its bytes.
struct BitCursor {
    private(set) var bitOffset: Int

    /// Starts `bitOffset` bits after the first bit.
    init(bitOffset: Int = 0) { self.bitOffset = bitOffset }

    /// Returns the next `count` bits, right-aligned, or nil if fewer than `count` bits remain.
    ///
    /// - Precondition: `count` is in `0...64`.
    mutating func next(_ count: Int, in bytes: RawSpan) -> UInt64? {
        precondition((0...64).contains(count), "A read is at most 64 bits wide.")
        guard count <= bytes.byteCount &* 8 &- bitOffset else { return nil }
        var bits: UInt64 = 0
        var filled = 0
        while filled < count {
            let position = bitOffset &+ filled
            // SAFETY: position < byteCount * 8 by the guard above, so position / 8 is in bounds.
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position &>> 3, as: UInt8.self)
            bits |= UInt64(byte &>> UInt8(truncatingIfNeeded: position & 7)) &<< UInt64(truncatingIfNeeded: filled)
            filled &+= 8 &- (position & 7)
        }
        bitOffset &+= count
        return count == 64 ? bits : bits & ((1 &<< UInt64(truncatingIfNeeded: count)) &- 1)
    }
}

/// Up to 57 bits from bit `bit` on, lowest first; what is above them is undefined.
///
/// The caller makes sure that the eight bytes from the one with that bit on can be read.
@inline(__always)
func unsafeBits(_ base: UnsafeRawPointer, _ bit: Int) -> UInt64 {
    let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
    return word &>> UInt64(truncatingIfNeeded: bit & 7)
}

/// 64 bits from bit `bit` on, lowest first; nine bytes must be readable.
@inline(__always)
func unsafeWideBits(_ base: UnsafeRawPointer, _ bit: Int) -> UInt64 {
    let shift = UInt64(truncatingIfNeeded: bit & 7)
    let high = unsafe UInt64(base.load(fromByteOffset: (bit &>> 3) &+ 8, as: UInt8.self))
    let low = unsafe unsafeBits(base, bit)
    return low | (high &<< 1) &<< (63 &- shift)
}

/// The `count` lowest bits set; `count` is in `0...63`.
@inline(__always)
func lowBits(_ count: Int) -> UInt64 { (1 &<< UInt64(truncatingIfNeeded: count)) &- 1 }
