internal import KTSDBModel

extension Block {
    /// Returns how many samples a series has in a range of time, hidden ones included. Reads times only of columns that
    /// begin before the range or end after it.
    func sampleCount(of series: UInt32, in range: ClosedRange<Int64>) throws(ReadError) -> Int {
        try withRecord(of: series) { bytes, cursor throws(ReadError) in
            guard let count = cursor.count(in: bytes) else { throw damagedEntry(series) }
            var samples = 0
            for _ in 0..<count {
                guard let entry = ColumnEntry(&cursor, in: bytes) else { throw damagedEntry(series) }
                let column = try timeColumn(entry.timeColumn), own = entry.rows ?? 0..<column.rows
                guard column.first <= range.upperBound, column.last >= range.lowerBound else { continue }
                let isWhole = range.contains(column.first) && range.contains(column.last)
                samples += isWhole ? own.count : own.clamped(to: try rows(of: column, in: range)).count
            }
            return samples
        }
    }
}
