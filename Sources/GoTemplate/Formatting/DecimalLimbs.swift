/// A natural number of any size in base 10⁹, the least limb first.
struct DecimalLimbs {
    private static let base: UInt64 = 1_000_000_000
    private var limbs: [UInt64] = []

    init(_ value: UInt64) {
        var rest = value
        while rest > 0 {
            limbs.append(rest % Self.base)
            rest /= Self.base
        }
    }

    /// Multiplies by `factor`, 2 or 5, as often as said; several factors at a time.
    mutating func multiply(by factor: UInt64, times: Int) {
        var rest = times
        while rest > 0 {
            let count = min(rest, 12)
            multiply(by: (0..<count).reduce(UInt64(1)) { power, _ in power * factor })
            rest -= count
        }
    }

    private mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = limbs[index] * factor + carry
            limbs[index] = product % Self.base
            carry = product / Self.base
        }
        if carry > 0 { limbs.append(carry) }
    }

    /// The decimal digits, each 0 to 9; none for 0.
    var digits: [UInt8] {
        guard let first = limbs.last else { return [] }
        var text = String(first)
        for limb in limbs.dropLast().reversed() {
            let part = String(limb)
            text += String(repeating: "0", count: 9 - part.utf8.count) + part
        }
        return text.utf8.map { $0 - 0x30 }
    }
}
