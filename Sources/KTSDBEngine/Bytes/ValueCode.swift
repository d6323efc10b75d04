/// The encoding of a value in a FLOATS section (FORMAT.md): a code of four bits, which implies 0 to 8 bytes.
///
/// Exporters mostly send integers and decimals with up to three places. Both codes are used only if they restore the
/// very same bits.
enum ValueCode {
    /// `zero` is +0.0. `integer + n` has n bytes (1...6) of a positive integer. `repeated` is the previous value. `raw`
    /// has all 8 bytes. `decimal + n` has n bytes (1...5) of a zigzag number of thousandths.
    static let zero: UInt8 = 0, integer: UInt8 = 0, repeated: UInt8 = 7, raw: UInt8 = 8, decimal: UInt8 = 8
    /// `upperHalf` has the upper four bytes of the bit pattern, whose lower four are zero. `stale` is the staleness
    /// marker.
    static let upperHalf: UInt8 = 14, stale: UInt8 = 15

    /// The staleness marker's bits.
    static let staleBits: UInt64 = 0x7ff0_0000_0000_0002

    /// The number of bytes of each code, one nibble each, lowest first.
    private static let byteCounts: UInt64 = 0x0454_3218_0654_3210

    @inline(__always)
    static func byteCount(_ code: UInt8) -> Int { Int(truncatingIfNeeded: byteCounts >> (UInt64(code) &* 4) & 15) }

    /// Returns the code of a value and its bytes, lowest first.
    @inline(__always)
    static func encode(_ bits: UInt64, previous: UInt64) -> (code: UInt8, bytes: UInt64) {
        if bits == previous { return (repeated, 0) }
        if bits == 0 { return (zero, 0) }
        // Below 48 for numbers in [1, 2^48). A sign or a negative exponent makes it large.
        let exponent = (bits &>> 52) &- 1023
        if exponent < 48, bits &<< (12 &+ exponent) == 0 {
            let whole = (bits & 0xf_ffff_ffff_ffff | 0x10_0000_0000_0000) &>> (52 &- exponent)
            return (integer &+ 1 &+ UInt8(truncatingIfNeeded: exponent &>> 3), whole)
        }
        let value = Double(bitPattern: bits)
        if value.magnitude < 0x1p39 / 1000 - 1 {
            // Adding 1.5 * 2^52 rounds to an integer, which is then in the lower bits.
            let shifted = value * 1000 + 0x1.8p52
            if ((shifted - 0x1.8p52) / 1000).bitPattern == bits {
                let rounded = Int64(bitPattern: shifted.bitPattern &- (0x1.8p52).bitPattern)
                let thousandths = FieldCoding.zigzag(rounded)
                return (decimal &+ significantBytes(thousandths), thousandths)
            }
        }
        if bits & 0xffff_ffff == 0 { return (upperHalf, bits &>> 32) }
        if bits == staleBits { return (stale, 0) }
        return (raw, bits)
    }

    /// Returns the bits of the value with this code and these bytes. Every combination is valid.
    @inline(__always)
    static func decode(_ code: UInt8, bytes: UInt64, previous: UInt64) -> UInt64 {
        switch code {
        case 0: 0
        case 1...6: Double(Int64(bitPattern: bytes)).bitPattern
        case 7: previous
        case 8: bytes
        case 14: bytes << 32
        case 15: staleBits
        default: (Double(FieldCoding.unzigzag(bytes)) / 1000).bitPattern
        }
    }

    /// The number of bytes up to the highest nonzero one, at least 1.
    @inline(__always)
    private static func significantBytes(_ number: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: (71 &- (number | 1).leadingZeroBitCount) &>> 3)
    }
}
