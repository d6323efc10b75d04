/// A column of doubles as integers that give back every bit (FORMAT.md, section 7, "Adaptive columns").
///
/// Values that a kind cannot express, such as NaN and the infinities, are exceptions: their rows repeat a neighbour,
/// and their bits are stored separately, in runs.
package enum AdaptiveColumn {
    /// How integers become doubles; bits 0 and 1 of the column's first byte.
    enum Kind: UInt8 {
        /// All values have the same bits.
        case constant = 0
        /// `Double(integer) / 10^exponent`. Division is rounded correctly, so whatever was printed with up to 15 digits
        /// is exact.
        case decimal = 1
        /// The bits as integers in the order of the doubles, so that steps are distances in units in the last place.
        case pattern = 2
        /// A near decimal, and a second column with the distance to it: for sums of decimals.
        case nearDecimal = 3
    }

    /// The most values in a column.
    package static let maximumRows = IntegerColumn.maximumCount
    /// The bytes that must be readable after those of a column, whatever is in them.
    package static let readablePadding = ColumnReader.padding
    /// The 64-bit words that decoding needs besides room for the values.
    package static let workspaceWordCount = ColumnWorkspace.wordCount

    static let exponentFlag: UInt8 = 4, divisorFlag: UInt8 = 8, exceptionFlag: UInt8 = 16
    static let maximumExponent = 18
    /// Integers of decimals are below this: 2^51.
    static let integerLimit = 2_251_799_813_685_248.0

    static let powersOfTen: InlineArray<19, Double> = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    ]

    /// Returns the bits of a double as an integer in the order of the doubles: the lower 63 bits of negative ones are
    /// flipped.
    @inline(__always)
    static func ordered(_ bits: UInt64) -> Int64 {
        let word = Int64(bitPattern: bits)
        return word ^ ((word &>> 63) & .max)
    }

    @inline(__always)
    static func bits(ordered: Int64) -> UInt64 { UInt64(bitPattern: ordered ^ ((ordered &>> 63) & .max)) }

    /// Decodes the `count` values (1 to ``maximumRows``) of a column within `byteCount` bytes. Others may follow it
    /// there.
    ///
    /// Safe for any bytes. `bytes` has ``readablePadding`` more of them, `values` has room for `count`, and `workspace`
    /// has ``workspaceWordCount`` words.
    /// - Returns: the length of the column in bytes, or nil if the bytes are malformed; `values` is then meaningless.
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
