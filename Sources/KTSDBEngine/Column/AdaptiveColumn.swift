/// A column of doubles as integers that give back every bit (FORMAT.md, section 7, "Adaptive columns").
///
/// Values that a kind cannot express, NaN and the infinities among them, are exceptions: their rows repeat a neighbour,
/// and their bits are kept apart, in runs.
package enum AdaptiveColumn {
    /// How integers become doubles; bits 0 and 1 of the column's first byte.
    enum Kind: UInt8 {
        /// One pattern of bits.
        case constant = 0
        /// `Double(integer) / 10^exponent`: division is rounded correctly, so that whatever was printed with up to 15
        /// digits is exact.
        case decimal = 1
        /// The patterns of bits, as integers in the order of the doubles; steps are distances in units of the last
        /// place.
        case pattern = 2
        /// A decimal that is near, and a second column of the distances to it: sums of decimals.
        case nearDecimal = 3
    }

    /// A column has at most this many values.
    package static let maximumRows = IntegerColumn.maximumCount
    /// What has to be readable behind the bytes that hold a column, whatever is there.
    package static let readablePadding = ColumnReader.padding
    /// The 64-bit words that decoding needs besides the place of the values.
    package static let workspaceWordCount = ColumnWorkspace.wordCount

    static let exponentFlag: UInt8 = 4, divisorFlag: UInt8 = 8, exceptionFlag: UInt8 = 16
    static let maximumExponent = 18
    /// Integers of decimals stay below this: 2^51.
    static let integerLimit = 2_251_799_813_685_248.0

    static let powersOfTen: InlineArray<19, Double> = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    ]

    /// Patterns of bits in the order of the doubles: negative ones below, in reverse.
    @inline(__always)
    static func ordered(_ bits: UInt64) -> Int64 {
        let word = Int64(bitPattern: bits)
        return word ^ ((word &>> 63) & .max)
    }

    @inline(__always)
    static func bits(ordered: Int64) -> UInt64 { UInt64(bitPattern: ordered ^ ((ordered &>> 63) & .max)) }

    /// Decodes the `count` values (1 to ``maximumRows``) of a column within `byteCount` bytes, perhaps with others
    /// behind it.
    ///
    /// Safe for any bytes. After them there are ``readablePadding`` more, `values` has room for `count`, and
    /// `workspace` has ``workspaceWordCount`` words.
    /// - Returns: the length of the column, or nil if the bytes hold none; what was written is then meaningless.
    package static func decode(
        _ bytes: RawSpan, byteCount: Int, count: Int, to values: inout MutableSpan<Double>,
        workspace: inout MutableSpan<Int64>, kernels: ColumnKernels = .best
    ) -> Int? {
        var reader = ColumnReader(bytes, to: byteCount)
        var workspace = ColumnWorkspace(workspace._mutatingExtracting(0..<workspace.count))
        guard count > 0, count <= maximumRows,
            decode(&reader, count, to: &values, &workspace.adaptive, kernels)
        else { return nil }
        return reader.position
    }

    static func decode(
        _ reader: inout ColumnReader, _ count: Int, to values: inout MutableSpan<Double>,
        _ workspace: inout AdaptiveWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard let head = reader.byte(atMost: 31), let kind = Kind(rawValue: UInt8(head & 3)) else { return false }
        guard kind != .constant else {
            guard head == 0, let word = reader.varint() else { return false }
            let value = Double(bitPattern: word.byteSwapped)
            for row in 0..<count { values[row] = value }
            return true
        }
        guard let conversion = readConversion(&reader, UInt8(head)) else { return false }
        var exceptions = ExceptionRuns(reader)
        if UInt8(head) & exceptionFlag != 0 {
            guard let runs = ExceptionRuns(skipping: &reader) else { return false }
            exceptions = runs
        }
        let isWhole =
            switch kind {
            case .nearDecimal: decodeNear(&reader, count, conversion, to: &values, &workspace, kernels)
            case .pattern: decodePatterns(&reader, count, conversion, to: &values, &workspace, kernels)
            default: decodeDecimals(&reader, count, conversion, to: &values, &workspace.integers, kernels)
            }
        guard isWhole else { return false }
        return exceptions.apply(to: &values, count)
    }

    @inline(__always)
    private static func readConversion(_ reader: inout ColumnReader, _ head: UInt8) -> DecimalConversion? {
        var conversion = DecimalConversion()
        if head & exponentFlag != 0 {
            guard let exponent = reader.byte(atMost: UInt8(maximumExponent)) else { return nil }
            conversion.scale = powersOfTen[exponent]
        }
        if head & divisorFlag != 0 {
            guard let divisor = reader.varint(), let remainder = reader.zigzag() else { return nil }
            conversion.divisor = Int64(bitPattern: divisor)
            conversion.remainder = remainder
        }
        return conversion
    }

    @inline(__always)
    private static func decodeDecimals(
        _ reader: inout ColumnReader, _ count: Int, _ conversion: DecimalConversion,
        to values: inout MutableSpan<Double>, _ workspace: inout IntegerWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard let transform = IntegerColumn.decodeResiduals(&reader, count: count, &workspace, kernels) else {
            return false
        }
        kernels.finish(transform, workspace.residuals.span, conversion, count: count, to: &values)
        return true
    }

    @inline(never)
    private static func decodePatterns(
        _ reader: inout ColumnReader, _ count: Int, _ conversion: DecimalConversion,
        to values: inout MutableSpan<Double>, _ workspace: inout AdaptiveWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard
            IntegerColumn.decode(&reader, count: count, to: &workspace.adjustments, &workspace.integers, kernels)
        else { return false }
        let integers = workspace.adjustments.span
        let (divisor, remainder) = (conversion.divisor, conversion.remainder)
        for row in 0..<count {
            values[row] = Double(bitPattern: bits(ordered: integers[row] &* divisor &+ remainder))
        }
        return true
    }

    @inline(never)
    private static func decodeNear(
        _ reader: inout ColumnReader, _ count: Int, _ conversion: DecimalConversion,
        to values: inout MutableSpan<Double>, _ workspace: inout AdaptiveWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard decodeDecimals(&reader, count, conversion, to: &values, &workspace.integers, kernels),
            IntegerColumn.decode(&reader, count: count, to: &workspace.adjustments, &workspace.integers, kernels)
        else { return false }
        let distances = workspace.adjustments.span
        for row in 0..<count {
            values[row] = Double(
                bitPattern: bits(ordered: ordered(values[row].bitPattern) &+ distances[row]))
        }
        return true
    }
}
