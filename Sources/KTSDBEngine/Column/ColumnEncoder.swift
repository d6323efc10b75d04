internal import KTSDBModel

/// Encodes columns of doubles in the form that takes the fewest bytes, and keeps its memory for the next column.
package struct ColumnEncoder: ~Copyable {
    /// The threshold for a block that is written from the head: prefix codes, which are slower to decode than frames,
    /// where they make a column a tenth smaller.
    package static let balanced = 0.9
    /// The threshold for a block that is seldom read: prefix codes wherever they are smaller.
    package static let small = 1.0

    /// The column that was encoded last.
    private(set) var output = FieldBuffer(capacity: 1 << 14)
    private var rival = FieldBuffer(capacity: 1 << 14)
    private var encoder: IntegerEncoder
    private var integers = Column<Int64>(capacity: IntegerColumn.maximumCount)
    private var distances = Column<Int64>(capacity: IntegerColumn.maximumCount)
    private var exceptionRows = Column<Int64>(capacity: IntegerColumn.maximumCount)

    /// An encoder that uses prefix codes where they take less than `threshold` times the bytes of frames.
    package init(threshold: Double = balanced) { encoder = IntegerEncoder(threshold: threshold) }

    /// The column that was encoded last.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { output.bytes }
    }

    /// Encodes 1 to 1024 values. ``bytes`` has the column until the next call.
    package mutating func encode(_ values: Span<Double>) {
        precondition(
            values.count > 0 && values.count <= AdaptiveColumn.maximumRows, "A value column has 1 to 1024 values.")
        output.removeAll()
        guard !ValueColumn.isConstant(values) else {
            output.append(AdaptiveColumn.Kind.constant.rawValue)
            output.append(varint: values[0].bitPattern.byteSwapped)
            return
        }
        if let exponent = DecimalFit.exponent(values) {
            let misfits = encodeDecimals(values, exponent)
            if misfits * 50 <= values.count { return }
            if misfits < values.count { swap(&output, &rival) } else { rival.removeAll() }
            output.removeAll()
        } else {
            rival.removeAll()
        }
        // Too many values are not decimals: tries the other kinds and keeps the smallest column.
        encodePatterns(values)
        if rival.count == 0 || output.count < rival.count { swap(&output, &rival) }
        if let exponent = DecimalFit.nearExponent(values) {
            output.removeAll()
            encodeNear(values, exponent)
            if output.count < rival.count { return }
        }
        swap(&output, &rival)
    }

    /// Encodes decimals. Returns how many finite values are exceptions.
    private mutating func encodeDecimals(_ values: Span<Double>, _ wanted: Int) -> Int {
        var exponent = wanted
        var misfits = fitDecimals(values, exponent)
        while case .failure(let finer) = misfits {
            exponent = finer.exponent
            misfits = fitDecimals(values, exponent)
        }
        write(.decimal, exponent, values)
        return (try? misfits.get()) ?? 0
    }

    /// A value has more digits than those that were sampled.
    private struct FinerDecimal: Error { var exponent: Int }

    private mutating func fitDecimals(_ values: Span<Double>, _ exponent: Int) -> Result<Int, FinerDecimal> {
        let power = AdaptiveColumn.powersOfTen[exponent]
        var misfits = 0
        begin(values.count)
        for row in 0..<values.count {
            let value = values[row]
            if let integer = DecimalFit.integer(value, power) {
                integers.append(integer)
                continue
            }
            // More digits widen all other values, which pays up to nine digits.
            if exponent < 9, value.isFinite, let finer = DecimalFit.smallestExponent(value, atMost: 9), finer > exponent
            {
                return .failure(FinerDecimal(exponent: finer))
            }
            misfits += value.isFinite ? 1 : 0
            except(row)
        }
        fillBefore()
        return .success(misfits)
    }

    private mutating func encodePatterns(_ values: Span<Double>) {
        begin(values.count)
        for row in 0..<values.count {
            if values[row].isFinite {
                integers.append(AdaptiveColumn.ordered(values[row].bitPattern))
            } else {
                except(row)
            }
        }
        fillBefore()
        write(.pattern, 0, values)
    }

    private mutating func encodeNear(_ values: Span<Double>, _ exponent: Int) {
        let power = AdaptiveColumn.powersOfTen[exponent]
        begin(values.count)
        for row in 0..<values.count {
            if let integer = DecimalFit.nearest(values[row], power) {
                integers.append(integer)
                distances.append(DecimalFit.distance(values[row], integer, power))
            } else {
                except(row)
                distances.append(row > 0 ? distances[row - 1] : 0)
            }
        }
        fillBefore()
        write(.nearDecimal, exponent, values)
        encoder.encode(distances, to: &output)
    }

    // MARK: Integers and exceptions

    private mutating func begin(_ count: Int) {
        integers.removeAll()
        distances.removeAll()
        exceptionRows.removeAll()
    }

    /// Makes a row an exception that repeats the integer of the row before.
    private mutating func except(_ row: Int) {
        exceptionRows.append(Int64(row))
        integers.append(row > 0 ? integers[row - 1] : 0)
    }

    /// Makes exceptions in the first rows repeat the first integer after them.
    private mutating func fillBefore() {
        var first = 0
        while first < exceptionRows.count, exceptionRows[first] == Int64(first) { first += 1 }
        guard first > 0, first < integers.count else { return }
        let value = integers[first]
        var span = integers.mutableSpan
        for row in 0..<first { span[row] = value }
    }

    private mutating func write(_ kind: AdaptiveColumn.Kind, _ exponent: Int, _ values: Span<Double>) {
        let (divisor, remainder) = DecimalFit.commonDivisor(integers.span)
        output.append(
            kind.rawValue | (exponent > 0 ? AdaptiveColumn.exponentFlag : 0)
                | (divisor > 1 ? AdaptiveColumn.divisorFlag : 0)
                | (exceptionRows.isEmpty ? 0 : AdaptiveColumn.exceptionFlag))
        if exponent > 0 { output.append(UInt8(exponent)) }
        if divisor > 1 {
            output.append(varint: UInt64(divisor))
            output.append(zigzag: remainder)
            divide(by: divisor, remainder)
        }
        if !exceptionRows.isEmpty { ExceptionRuns.encode(exceptionRows, values, to: &output) }
        encoder.encode(integers, to: &output)
    }

    private mutating func divide(by divisor: Int64, _ remainder: Int64) {
        var span = integers.mutableSpan
        if divisor & (divisor - 1) == 0 {
            let shift = Int64(divisor.trailingZeroBitCount)
            for row in 0..<span.count { span[row] = (span[row] &- remainder) &>> shift }
        } else {
            for row in 0..<span.count { span[row] = (span[row] &- remainder) / divisor }
        }
    }
}
