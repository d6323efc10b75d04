internal import KTSDBModel

/// The buckets of a classic histogram in ascending order of `le`, stored as differences.
///
/// A bucket counts all observations up to its bound, so it repeats the noise of the smaller ones. Its difference to the
/// next smaller one is far cheaper, and most differences hardly ever change. A family is a run of ``AdaptiveColumn``s
/// of the same rows: the smallest bucket, then each difference. Reading a bucket reads the smaller ones.
enum BucketFamily {
    /// The most columns of a family besides the first.
    static let maximumIndex = 255

    /// Writes what has to be added to `smaller` to get `values`. Returns true if that restores the exact bits in
    /// steps that are at most as large as those of the values.
    ///
    /// Where a difference is not finite, the value itself takes its place.
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

    /// Decodes the bucket that is the sum of columns 0 to `index`. Returns false if the bytes are malformed.
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
