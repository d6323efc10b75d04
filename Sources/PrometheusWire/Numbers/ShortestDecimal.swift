internal import KTSDBModel

/// `digits * 10^exponent`.
struct ShortestDecimal: Equatable {
    var digits: UInt64
    var exponent: Int

    /// Creates the decimal with the fewest digits that reads back as `value`; of several, the nearest one. `digits` has
    /// no trailing zeros.
    ///
    /// The algorithm is Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020): the interval of decimals
    /// that read back as `value` is scaled by a power of ten so that it contains one or two candidates of 17 digits and
    /// at most one of 16. Values are compared in quarter units, rounded to odd, which keeps comparisons exact.
    ///
    /// - Precondition: `value` is finite and above zero.
    init(_ value: Double) {
        precondition(value.isFinite && value > 0, "\(value) has no shortest decimal here.")
        let fraction = value.significandBitPattern
        let biased = Int(value.exponentBitPattern)
        let significand = biased == 0 ? fraction : fraction | 1 << 52
        let binaryExponent = max(biased, 1) - 1075
        // At a power of two, the next smaller number is half as far away as the next larger one.
        let isUneven = fraction == 0 && biased > 1
        let scale = (binaryExponent * 1_262_611 - (isUneven ? 524_031 : 0)) >> 22
        let shift = UInt64(binaryExponent + (-scale * 1_741_647) >> 19 + 1)
        let power = PowersOfTen.shared[-scale]

        let isEven = significand & 1 == 0
        let center = 4 * significand
        let value = power.multipliedRoundingToOdd(by: center << shift)
        let low = power.multipliedRoundingToOdd(by: (center - 2 + (isUneven ? 1 : 0)) << shift) + (isEven ? 0 : 1)
        let high = power.multipliedRoundingToOdd(by: (center + 2) << shift) - (isEven ? 0 : 1)

        let units = value / 4
        if units >= 10 {
            let tens = units / 10
            let isBelowInside = low <= 40 * tens, isAboveInside = 40 * tens + 40 <= high
            if isBelowInside != isAboveInside {
                self.init(trimming: tens + (isAboveInside ? 1 : 0), scale + 1)
                return
            }
        }
        let isBelowInside = low <= 4 * units, isAboveInside = 4 * units + 4 <= high
        let isNearerAbove: Bool
        if isBelowInside != isAboveInside {
            isNearerAbove = isAboveInside
        } else {
            let middle = 4 * units + 2
            isNearerAbove = value > middle || (value == middle && units & 1 == 1)
        }
        self.init(trimming: units + (isNearerAbove ? 1 : 0), scale)
    }

    /// Moves trailing zeros of `digits` into the exponent.
    private init(trimming digits: UInt64, _ exponent: Int) {
        self.digits = digits
        self.exponent = exponent
        while self.digits.isMultiple(of: 100_000_000) {
            (self.digits, self.exponent) = (self.digits / 100_000_000, self.exponent + 8)
        }
        while self.digits.isMultiple(of: 10) { (self.digits, self.exponent) = (self.digits / 10, self.exponent + 1) }
    }
}

/// 10^-292 ... 10^324, each rounded up to 128 bits with the highest bit set.
struct PowersOfTen: ~Copyable, Sendable {
    struct Power: BitwiseCopyable {
        var high: UInt64 = 0
        var low: UInt64 = 0

        /// Returns the product with `factor` divided by 2^128, with the lowest bit set if anything below was lost.
        @inline(__always)
        func multipliedRoundingToOdd(by factor: UInt64) -> UInt64 {
            let lower = low.multipliedFullWidth(by: factor).high
            let upper = high.multipliedFullWidth(by: factor)
            let (middle, carry) = upper.low.addingReportingOverflow(lower)
            return (upper.high &+ (carry ? 1 : 0)) | (middle > 1 ? 1 : 0)
        }
    }

    static let shared = PowersOfTen()
    static let exponents = -292...324

    private var powers = FixedArray(repeating: Power(), count: exponents.count)

    /// Computes the table with long integers: positive powers by multiplication by ten, negative ones by dividing a
    /// large power of two by ten, where truncating at each step equals truncating once.
    private init() {
        let limbs = 20
        var number = [UInt64](repeating: 0, count: limbs)  // lowest first
        number[0] = 1
        for exponent in 0...Self.exponents.upperBound {
            store(number, exponent, isCut: false)
            var carry: UInt64 = 0
            for index in 0..<limbs {
                let (high, low) = number[index].multipliedFullWidth(by: 10)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                number[index] = sum
                carry = high + (overflow ? 1 : 0)
            }
        }
        number = [UInt64](repeating: 0, count: limbs)
        number[limbs - 1] = 1 << 63
        for exponent in 1...(-Self.exponents.lowerBound) {
            var remainder: UInt64 = 0
            for index in (0..<limbs).reversed() {
                (number[index], remainder) = UInt64(10).dividingFullWidth((remainder, number[index]))
            }
            store(number, -exponent, isCut: true)
        }
    }

    private mutating func store(_ number: [UInt64], _ exponent: Int, isCut: Bool) {
        let top = number.lastIndex { $0 != 0 }!
        func limb(_ index: Int) -> UInt64 { index < 0 ? 0 : number[index] }
        let shift = UInt64(number[top].leadingZeroBitCount)
        func word(_ index: Int) -> UInt64 {
            shift == 0 ? limb(index) : limb(index) << shift | limb(index - 1) >> (64 - shift)
        }
        var power = Power(high: word(top), low: word(top - 1))
        let isLow = limb(top - 2) << shift != 0 || (top > 2 && number[..<(top - 2)].contains { $0 != 0 })
        if isCut || isLow {
            power.low &+= 1
            if power.low == 0 { power.high += 1 }
        }
        powers[exponent - Self.exponents.lowerBound] = power
    }

    /// 10 to the power of `exponent`, which is in `exponents`.
    @inline(__always)
    subscript(exponent: Int) -> Power {
        powers[exponent - Self.exponents.lowerBound]
    }
}
