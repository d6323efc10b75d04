/// Finds out whether doubles are decimals, and of how many digits.
enum DecimalFit {
    /// Returns the integer below 2^51 for which `Double(integer) / power` is `value` bit for bit, or nil.
    @inline(__always)
    static func integer(_ value: Double, _ power: Double) -> Int64? {
        let scaled = value * power
        guard scaled.magnitude < AdaptiveColumn.integerLimit else { return nil }
        // Adding 1.5 * 2^52 rounds to an integer without calling libm, as `rounded()` does on plain x86-64.
        let shifted = scaled + DecimalConversion.magic
        let integer = Int64(bitPattern: shifted.bitPattern &- DecimalConversion.magicBits)
        let back = (shifted - DecimalConversion.magic) / power
        return back.bitPattern == value.bitPattern ? integer : nil
    }

    /// Returns the integer nearest to `value * power`, or nil if that is not below 2^51.
    @inline(__always)
    static func nearest(_ value: Double, _ power: Double) -> Int64? {
        let scaled = value * power
        guard scaled.magnitude < AdaptiveColumn.integerLimit else { return nil }
        return Int64(bitPattern: (scaled + DecimalConversion.magic).bitPattern &- DecimalConversion.magicBits)
    }

    /// Returns how many units in the last place `value` is above `Double(integer) / power`.
    @inline(__always)
    static func distance(_ value: Double, _ integer: Int64, _ power: Double) -> Int64 {
        let near = DecimalConversion.double(integer) / power
        return AdaptiveColumn.ordered(value.bitPattern) &- AdaptiveColumn.ordered(near.bitPattern)
    }

    /// Returns the fewest digits after the point with which the value is exact, or nil.
    static func smallestExponent(_ value: Double, atMost limit: Int = AdaptiveColumn.maximumExponent) -> Int? {
        for exponent in 0...limit where integer(value, AdaptiveColumn.powersOfTen[exponent]) != nil { return exponent }
        return nil
    }

    /// Returns the digits that some 48 of the values need: as many as the most demanding one, unless fewer than one in
    /// twenty need more than 12. Returns nil if more than a quarter of the finite ones are not decimals.
    static func exponent(_ values: Span<Double>) -> Int? {
        var counts = InlineArray<19, Int>(repeating: 0)
        var finite = 0, fitting = 0
        for index in stride(from: 0, to: values.count, by: max(1, values.count / 48)) where values[index].isFinite {
            finite += 1
            guard let exponent = smallestExponent(values[index]) else { continue }
            counts[exponent] += 1
            fitting += 1
        }
        guard finite > 0, fitting * 4 >= finite * 3 else { return nil }
        var exponent = AdaptiveColumn.maximumExponent, dropped = 0
        while exponent > 0 {
            let isRare = exponent > 12 && (dropped + counts[exponent]) * 20 < finite
            guard counts[exponent] == 0 || isRare else { break }
            dropped += counts[exponent]
            exponent -= 1
        }
        return exponent
    }

    /// Returns the digits with which nine in ten of some 24 values are near a decimal, as sums of decimals are.
    static func nearExponent(_ values: Span<Double>) -> Int? {
        for exponent in [1, 2, 3, 4, 6, 9] {
            let power = AdaptiveColumn.powersOfTen[exponent]
            var finite = 0, near = 0
            for index in stride(from: 0, to: values.count, by: max(1, values.count / 24)) where values[index].isFinite {
                finite += 1
                let value = values[index]
                guard let integer = nearest(value, power), (value * power).ulp < 0x1p-14 else { continue }
                if distance(value, integer, power).magnitude <= 4096 { near += 1 }
            }
            if finite > 0 && near * 10 >= finite * 9 { return exponent }
        }
        return nil
    }

    /// Returns the greatest common divisor of all distances from the first integer, and the first integer modulo that.
    /// Returns 1 and 0 if the divisor is not in 2...2^52 or a distance overflows.
    static func commonDivisor(_ integers: Span<Int64>) -> (divisor: Int64, remainder: Int64) {
        var divisor: UInt64 = 0
        for index in 1..<max(integers.count, 1) {
            let (distance, overflow) = integers[index].subtractingReportingOverflow(integers[0])
            guard !overflow else { return (1, 0) }
            let isPowerOfTwo = divisor & (divisor &- 1) == 0
            if distance == 0
                || divisor != 0
                    && (isPowerOfTwo
                        ? distance.magnitude & (divisor &- 1) == 0 : distance.magnitude % divisor == 0)
            {
                continue
            }
            divisor = greatest(distance.magnitude, divisor)
            if divisor == 1 { return (1, 0) }
        }
        guard divisor > 1, divisor <= 1 << 52 else { return (1, 0) }
        let rest = integers[0] % Int64(divisor)
        return (Int64(divisor), rest < 0 ? rest + Int64(divisor) : rest)
    }

    private static func greatest(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
