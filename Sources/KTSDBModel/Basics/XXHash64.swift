/// The 64-bit hash xxHash64, as specified in `xxhash_spec.md` of the xxHash project, version 0.1.1.
package enum XXHash64 {
    static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87, prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    static let prime3: UInt64 = 0x1656_67B1_9E37_79F9, prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// Returns the hash of `bytes`. Costs about 3 ns plus 1 ns for 8 bytes.
    package static func hash(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
        let count = bytes.byteCount
        var offset = 0
        var result: UInt64
        if count >= 32 {
            var a = seed &+ prime1 &+ prime2, b = seed &+ prime2, c = seed, d = seed &- prime1
            while offset <= count &- 32 {
                a = round(a, word(bytes, offset))
                b = round(b, word(bytes, offset &+ 8))
                c = round(c, word(bytes, offset &+ 16))
                d = round(d, word(bytes, offset &+ 24))
                offset &+= 32
            }
            result = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
            result = merge(result, a)
            result = merge(result, b)
            result = merge(result, c)
            result = merge(result, d)
        } else {
            result = seed &+ prime5
        }
        result &+= UInt64(count)
        while offset <= count &- 8 {
            result = rotate(result ^ round(0, word(bytes, offset)), 27) &* prime1 &+ prime4
            offset &+= 8
        }
        if offset <= count &- 4 {
            let half = UInt64(bytes.load(littleEndian: UInt32.self, at: offset))
            result = rotate(result ^ (half &* prime1), 23) &* prime2 &+ prime3
            offset &+= 4
        }
        while offset < count {
            let byte = UInt64(bytes.byte(at: offset))
            result = rotate(result ^ (byte &* prime5), 11) &* prime1
            offset &+= 1
        }
        result = (result ^ (result &>> 33)) &* prime2
        result = (result ^ (result &>> 29)) &* prime3
        return result ^ (result &>> 32)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* prime2, 31) &* prime1 }

    @inline(__always)
    private static func merge(_ result: UInt64, _ lane: UInt64) -> UInt64 {
        (result ^ round(0, lane)) &* prime1 &+ prime4
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 { word &<< bits | word &>> (64 &- bits) }

    /// Loads the word at `offset`, which must be at most `byteCount - 8`.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        // SAFETY: each caller compares the offset with the count first.
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }
}
