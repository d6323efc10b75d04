internal import KTSDBModel

/// A read position in a bit stream, lowest bit of each byte first. It never reads outside of its bytes.
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
            let byte = bytes.byte(at: position &>> 3)
            bits |= UInt64(byte &>> UInt8(truncatingIfNeeded: position & 7)) &<< UInt64(truncatingIfNeeded: filled)
            filled &+= 8 &- (position & 7)
        }
        bitOffset &+= count
        return count == 64 ? bits : bits & ((1 &<< UInt64(truncatingIfNeeded: count)) &- 1)
    }
}

extension RawSpan {
    /// Returns 57 bits from bit `bit` on, lowest first. Higher bits are undefined. Eight bytes from the one with that
    /// bit on must be readable.
    @inline(__always)
    func bits(at bit: Int) -> UInt64 {
        word(at: bit &>> 3) &>> UInt64(truncatingIfNeeded: bit & 7)
    }

    /// Does the same where the bytes may end sooner, as if zeros followed them.
    @inline(__always)
    func paddedBits(at bit: Int) -> UInt64 {
        if _fastPath(bit &>> 3 <= byteCount &- 8) { return bits(at: bit) }
        var word: UInt64 = 0
        for offset in (bit &>> 3)..<max(bit &>> 3, byteCount) {
            word |= UInt64(byte(at: offset)) &<< UInt64(truncatingIfNeeded: 8 &* (offset &- bit &>> 3))
        }
        return word &>> UInt64(truncatingIfNeeded: bit & 7)
    }

    /// Returns 64 bits from bit `bit` on, lowest first. Nine bytes from the one with that bit on must be readable.
    @inline(__always)
    func wideBits(at bit: Int) -> UInt64 {
        let shift = UInt64(truncatingIfNeeded: bit & 7)
        let high = UInt64(byte(at: (bit &>> 3) &+ 8))
        return bits(at: bit) | (high &<< 1) &<< (63 &- shift)
    }
}

/// Returns a word with the `count` lowest bits set. `count` is in `0...63`.
@inline(__always)
func lowBits(_ count: Int) -> UInt64 { (1 &<< UInt64(truncatingIfNeeded: count)) &- 1 }
