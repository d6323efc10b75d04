internal import KTSDBModel

/// Which rows of a series hold histograms.
struct HistogramNumbers {
    let values: [Histogram]
    /// For each row, and for the end, how many of the rows before it hold histograms.
    private let before: [Int32]
    /// The rows of the histograms.
    let rows: [Int32]

    init(_ column: HistogramColumn, rows count: Int) {
        values = column.values
        rows = column.rows
        var before: [Int32] = []
        before.reserveCapacity(count + 1)
        var number: Int32 = 0
        for row in 0...count {
            before.append(number)
            if Int(number) < rows.count, Int(rows[Int(number)]) == row { number += 1 }
        }
        self.before = before
    }

    /// The histogram in a row, or nil if that holds a float.
    func histogram(atRow row: Int) -> Histogram? {
        before[row + 1] > before[row] ? values[Int(before[row])] : nil
    }

    /// The numbers of the histograms in a range of rows.
    func histograms(in rows: Range<Int>) -> Range<Int> { Int(before[rows.lowerBound])..<Int(before[rows.upperBound]) }

    /// The numbers of the floats in a range of rows.
    func floats(in rows: Range<Int>) -> Range<Int> {
        (rows.lowerBound - Int(before[rows.lowerBound]))..<(rows.upperBound - Int(before[rows.upperBound]))
    }
}
