/// Random numbers that a seed determines, so that a history can be replayed (SplitMix64).
struct RandomSource: Hashable, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    /// Returns a random number that is at least 0 and less than 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Returns a random UUID (version 4).
    mutating func uuid() -> String {
        let high = next() & ~0xf000 | 0x4000, low = next() & ~(3 << 62) | 2 << 62
        func digits(_ value: UInt64) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        let a = Array(digits(high)), b = Array(digits(low))
        return [a[0..<8], a[8..<12], a[12..<16], b[0..<4], b[4..<16]].map { String($0) }.joined(separator: "-")
    }
}
