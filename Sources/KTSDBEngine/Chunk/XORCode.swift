internal import KTSDBModel

/// The bit code of a value after another one: the exclusive or of the two, cut to the bits that differ.
///
/// `0`: the same value. `1`, `0`: as many significant bits as last time, at the same place. `1`, `1`: five bits with
/// the number of leading zeros (at most 31), six with the number of significant bits (0 means 64), then those bits. The
/// scheme is that of "Gorilla: A Fast, Scalable, In-Memory Time Series Database" (doi:10.14778/2824032.2824078).
enum XORCode {
    /// A value takes at most this many bits.
    static let maximumBits = 2 + 5 + 6 + 64
    /// The value of `leading` before the first window.
    static let noWindow: UInt8 = 255

    /// Appends the code of a value that differs from the one before it by `difference`. Before it come the
    /// `prefixCount` bits of `prefix`, at most 37.
    @inline(__always)
    @_lifetime(writer: copy writer)
    static func put(
        _ difference: UInt64, after prefix: UInt64, _ prefixCount: Int, leading: inout UInt8, trailing: inout UInt8,
        to writer: inout BitWriter
    ) {
        if difference == 0 {
            writer.put(prefix, prefixCount &+ 1)
            return
        }
        let zeros = min(difference.leadingZeroBitCount, 31), low = difference.trailingZeroBitCount
        let significant = 64 &- zeros &- low
        let window = 64 &- Int(leading) &- Int(trailing)
        let header: UInt64
        let headerCount: Int, count: Int
        let shift: UInt64
        // A new window costs eleven bits more. It is also opened if the old one is wider than needed by more than that.
        if zeros >= Int(leading), low >= Int(trailing), window <= significant &+ 11 {
            header = 0b01
            headerCount = 2
            count = window
            shift = UInt64(trailing)
        } else {
            leading = UInt8(truncatingIfNeeded: zeros)
            trailing = UInt8(truncatingIfNeeded: low)
            header = 0b11 | UInt64(truncatingIfNeeded: zeros) &<< 2 | UInt64(truncatingIfNeeded: significant & 63) &<< 7
            headerCount = 13
            count = significant
            shift = UInt64(truncatingIfNeeded: low)
        }
        let head = prefix | header &<< UInt64(truncatingIfNeeded: prefixCount)
        let headCount = prefixCount &+ headerCount
        let body = difference &>> shift
        if headCount &+ count <= 64 {
            writer.put(head | body &<< UInt64(truncatingIfNeeded: headCount), headCount &+ count)
        } else {
            writer.put(head, headCount)
            writer.put(body, count)
        }
    }
}

/// The position of a reader of XOR codes, and what it remembers.
struct XORReader {
    /// How many bytes from that of its first bit on one sample may read: 69 bits of time, 77 of value, one wide load.
    static let slack = 24

    var bit: Int
    var value: UInt64
    /// The last window.
    var length = 64
    var shift: UInt64 = 0

    @inline(__always)
    init(bit: Int, value: UInt64) {
        self.bit = bit
        self.value = value
    }

    /// Reads one value. `window` has at least 13 bits from `bit` on. Returns false if no writer writes these bits.
    @inline(__always)
    mutating func next(_ bytes: RawSpan, _ window: UInt64) -> Bool {
        if window & 1 == 0 {
            bit &+= 1
            return true
        }
        if window & 2 == 0 {
            bit &+= 2
        } else {
            let leading = Int(truncatingIfNeeded: window &>> 2 & 31)
            length = Int(truncatingIfNeeded: (window &>> 7 &- 1) & 63) &+ 1
            let trailing = 64 &- leading &- length
            guard trailing >= 0 else { return false }
            shift = UInt64(truncatingIfNeeded: trailing)
            bit &+= 13
        }
        let bits = length > 57 ? bytes.wideBits(at: bit) : bytes.bits(at: bit)
        let mask = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- length)
        value ^= (bits & mask) &<< shift
        bit &+= length
        return true
    }
}

/// The last bytes of a stream, copied to memory in which reading past their end is harmless.
struct StreamTail {
    private var words = InlineArray<6, UInt64>(repeating: 0)

    /// Copies `bytes`, at most ``XORReader/slack``.
    init(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= XORReader.slack, "A tail has \(bytes.byteCount) bytes.")
        var offset = 0
        while offset &+ 8 <= bytes.byteCount {
            words[offset &>> 3] = bytes.load(littleEndian: UInt64.self, at: offset)
            offset &+= 8
        }
        while offset < bytes.byteCount {
            words[offset &>> 3] |=
                UInt64(bytes.byte(at: offset)) &<< UInt64(truncatingIfNeeded: 8 &* (offset & 7))
            offset &+= 1
        }
        for index in 0..<3 { words[index] = words[index].littleEndian }
    }

    /// The copy, followed by at least ``XORReader/slack`` zeros.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { words.span.rawBytes }
    }
}
