internal import CLibrary

/// Random numbers that are the same for the same seed, on every machine and in every release (SplitMix64).
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    /// A number from 0 up to, but not including, 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number below `bound`, which must be positive.
    mutating func below(_ bound: Int) -> Int { Int(fraction() * Double(bound)) }

    /// A positive number whose logarithm is normally distributed, as times and sizes of requests are: half of them are
    /// below `median`, 95 % below `median` times e to the power of 1.645 times `spread`.
    mutating func logNormal(median: Double, spread: Double) -> Double {
        let radius = (-2 * log(1 - fraction())).squareRoot()
        return median * exp(spread * radius * cos(2 * .pi * fraction()))
    }

    /// A random UUID, in lower case.
    mutating func uuid() -> String {
        let high = (next() & ~0xf000) | 0x4000, low = (next() & (.max >> 2)) | (1 << 63)
        let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }

    private static func hexadecimal(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
