/// The histograms among the samples of a series, each with its row in the columns of the series.
public struct HistogramColumn: Sendable {
    /// The rows of the histograms, ascending.
    public internal(set) var rows: [Int32] = []
    /// One histogram for each row.
    public internal(set) var values: [Histogram] = []

    /// Creates an empty column.
    public init() {}

    /// Whether there are no histograms.
    @inlinable
    public var isEmpty: Bool { rows.isEmpty }

    /// The number of histograms.
    @inlinable
    public var count: Int { rows.count }

    /// Appends the histogram of a row after all existing ones.
    public mutating func append(_ histogram: Histogram, row: Int) {
        precondition(row > Int(rows.last ?? -1), "Rows of histograms ascend.")
        rows.append(Int32(row))
        values.append(histogram)
    }

    /// Appends the histograms of `other` in the rows `range`, with `distance` added to their rows.
    package mutating func append(_ other: HistogramColumn, in range: Range<Int>, movedBy distance: Int) {
        for place in other.places(of: range) { append(other.values[place], row: Int(other.rows[place]) + distance) }
    }

    /// Returns the places of the histograms whose rows are in `range`.
    package func places(of range: Range<Int>) -> Range<Int> {
        let low = firstPlace(from: range.lowerBound)
        return low..<max(low, firstPlace(from: range.upperBound))
    }

    private func firstPlace(from row: Int) -> Int {
        return (0..<rows.count).partitionPoint { Int(rows[$0]) < row }
    }

    /// Removes the rows in `range` with their histograms, and renumbers the later ones.
    package mutating func removeRows(_ range: Range<Int>) {
        let gone = places(of: range)
        values.removeSubrange(gone)
        rows.removeSubrange(gone)
        for place in gone.lowerBound..<rows.count { rows[place] -= Int32(range.count) }
    }

    /// Removes all histograms and keeps the memory.
    public mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    /// Replaces each histogram.
    package mutating func map(_ transform: (Histogram) -> Histogram) {
        for place in values.indices { values[place] = transform(values[place]) }
    }

    /// Sets the hint of the histogram at `place` to unknown if it is `notReset`, because another sample precedes it
    /// now.
    package mutating func forgetNoReset(at place: Int) {
        if values[place].counterResetHint == .notReset { values[place].counterResetHint = .unknown }
    }
}
