internal import KTSDBModel

/// The buckets of a classic histogram in ascending order of `le`, stored as differences.
///
/// Buckets count all that is up to their bound, so each one carries the noise of the smaller ones. Its difference to
/// the next smaller one is cheaper by far, and most hardly ever move. A family is a run of ``AdaptiveColumn``s of the
/// same rows: the smallest bucket, then each difference. Reading a bucket reads the smaller ones.
enum BucketFamily {
    /// A family has at most this many columns besides the first.
    static let maximumIndex = 255

    /// Writes what has to be added to `smaller` to get `values`, and returns true if that is exact and smaller in its
    /// steps.
    ///
    /// Where a sum would not be finite, the value itself takes the place of its difference.
    static func subtract(_ smaller: Span<Double>, from values: Span<Double>, to differences: inout Column<Double>)
        -> Bool
    {
        differences.removeAll()
        var isExact = true
        var steps = 0.0, ownSteps = 0.0
        for row in 0..<values.count {
            let value = values[row]
            var difference = value - smaller[row]
            if !difference.isFinite { difference = value }
            let sum = smaller[row] + difference
            isExact = isExact && (sum.isFinite ? sum : difference).bitPattern == value.bitPattern
            if row > 0, difference.isFinite, differences[row - 1].isFinite {
                steps += (difference - differences[row - 1]).magnitude
                ownSteps += (value - values[row - 1]).magnitude
            }
            differences.append(difference)
        }
        return isExact && steps <= ownSteps
    }

    /// Decodes the bucket that is the sum of columns 0 to `index`; false if the bytes hold no such columns.
    static func decode(
        _ reader: inout ColumnReader, index: Int, count: Int, to values: inout MutableSpan<Double>,
        _ workspace: inout ColumnWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard AdaptiveColumn.decode(&reader, count, to: &values, &workspace.adaptive, kernels) else { return false }
        for _ in 0..<index {
            guard AdaptiveColumn.decode(&reader, count, to: &workspace.differences, &workspace.adaptive, kernels) else {
                return false
            }
            kernels.accumulate(workspace.differences.span, count, to: &values)
        }
        return true
    }
}
