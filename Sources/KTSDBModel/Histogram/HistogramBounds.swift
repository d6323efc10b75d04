internal import CLibrary

extension Histogram {
    /// Returns the upper bound of the positive bucket `index`. Its lower bound is that of `index` - 1.
    ///
    /// Never traps: custom indices outside the listed bounds give an infinity.
    package func bound(_ index: Int32) -> Double {
        guard usesCustomBuckets else { return Self.exponentialBound(index, schema: schema) }
        if index < 0 { return -.infinity }
        return Int(index) < customBounds.count ? customBounds[Int(index)] : .infinity
    }

    /// Returns 2^(index·2^-schema), with one exception: the last bucket of finite values ends at the largest finite
    /// double, since the next one has the infinities.
    static func exponentialBound(_ index: Int32, schema: Int32) -> Double {
        if schema < 0 {
            let exponent = Int(index) << min(Int(-schema), 8)
            return exponent == 1024 ? .greatestFiniteMagnitude : scalbn(1, clamped(exponent))
        }
        let schema = min(schema, 8)
        let fraction = fractions[Int(index & ((1 << schema) - 1)) << Int(8 - schema)]
        let exponent = (Int(index) >> Int(schema)) + 1
        if fraction == 0.5, exponent == 1025 { return .greatestFiniteMagnitude }
        return scalbn(fraction, clamped(exponent))
    }

    private static func clamped(_ exponent: Int) -> Int32 { Int32(max(-5000, min(5000, exponent))) }

    /// 2^(i/256 - 1) for i in 0..<256, with the same bits as in Prometheus.
    ///
    /// Prometheus' table is up to four units in the last place below the nearest doubles (and in two cases one above).
    /// Users compare bounds with those that Prometheus shows, so they must be equal to the last bit.
    static let fractions: [Double] = zip(0..<256, unitsAbove).map { index, units in
        Double(bitPattern: exp2(Double(index) / 256 - 1).bitPattern &- UInt64(bitPattern: units))
    }

    /// How far the nearest double is above Prometheus' bound, in units in the last place; each digit is that plus one.
    private static let unitsAbove: [Int64] = Array(
        """
        1111112111211111112311222222222211211121122211221122102211221122111111222233213211211121111211111112\
        1011213311221222112121332222212122332232212222222232323332331122112122332133223321223233223222432232\
        33433343333333444455435422322333324422333243223333543344
        """.utf8
    ).map { Int64($0) - 49 }
}
