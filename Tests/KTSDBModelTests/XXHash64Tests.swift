import KTSDBModel
import Testing

@Suite struct `xxHash64` {
    /// The input of the reference implementation's self-test (`sanity test` of the xxHash project): bytes 24 to 31 of
    /// a number that is multiplied by a prime for each of them.
    private static func sanityInput(_ count: Int) -> [UInt8] {
        var number: UInt64 = 2_654_435_761
        return (0..<count).map { _ in
            defer { number &*= 11_400_714_785_074_694_797 }
            return UInt8(truncatingIfNeeded: number >> 56)
        }
    }

    @Test(
        arguments: [
            (0, 0, 0xEF46_DB37_51D8_E999), (0, 2_654_435_761, 0xAC75_FDA2_929B_17EF), (1, 0, 0xE934_A84A_DB05_2768),
            (1, 2_654_435_761, 0x5014_6076_43A9_B4C3), (4, 0, 0x9136_A0DC_A574_57EE),
            (4, 2_654_435_761, 0xCAAB_286B_D8E9_FDB5),
            (14, 0, 0x8282_DCC4_994E_35C8), (14, 2_654_435_761, 0xC3BD_6BF6_3DEB_6DF0), (222, 0, 0xB641_AE8C_B691_C174),
            (222, 2_654_435_761, 0x20CB_8AB7_AE10_C14A),
        ] as [(Int, UInt64, UInt64)])
    func `agrees with the reference implementation's self-test`(count: Int, seed: UInt64, expected: UInt64) {
        #expect(hash(Self.sanityInput(count), seed: seed) == expected)
    }

    @Test(
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("as", 0x1C33_0FB2_D66B_E179),
            ("asd", 0x631C_37CE_72A9_7393),
            ("asdf", 0x4158_72F5_99CE_A71E), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Call me Ishmael. Some years ago--never mind how long precisely-", 0x02A2_E854_70D6_FD96),
        ] as [(String, UInt64)])
    func `agrees with published hashes of texts`(text: String, expected: UInt64) {
        #expect(hash(Array(text.utf8), seed: 0) == expected)
    }

    @Test func `depends on every byte and on the length`() {
        var seen: Set<UInt64> = []
        for count in 0...100 {
            let bytes = [UInt8](repeating: 7, count: count)
            #expect(seen.insert(hash(bytes, seed: 0)).inserted)
            for index in 0..<count {
                var changed = bytes
                changed[index] = 8
                #expect(seen.insert(hash(changed, seed: 0)).inserted)
            }
        }
    }

    private func hash(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
        let span = bytes.span
        return unsafe XXHash64.hash(span.bytes, seed: seed)
    }
}
