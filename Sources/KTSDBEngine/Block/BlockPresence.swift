internal import KTSDBModel

/// Finds which series of a block have a sample in a range of time.
///
/// The time column table has the first and last time of each column. Times themselves are read only if a column begins
/// before the range and ends after it, or if a series uses only some of its rows. Results are kept, because most series
/// share their time columns and label queries ask for the same series again. Not safe for several threads.
final class BlockPresence {
    private let block: Block
    private let range: ClosedRange<Int64>
    /// The rows in the range, for the columns whose rows were needed.
    private var rows: [Int: Range<Int>] = [:]
    private static let rowsLimit = 1 << 14
    /// The series that were asked for, and those among them that have a sample.
    private var known: SeriesBitmap, present: SeriesBitmap

    /// Whether all samples of the block are in the range.
    private let coversBlock: Bool
    private var pace: Pace

    init(_ block: Block, in range: ClosedRange<Int64>, _ limits: (any ReadLimits)?) {
        self.block = block
        pace = Pace(limits)
        self.range = range
        coversBlock = range.contains(block.summary.minTime) && range.contains(block.summary.maxTime)
        known = SeriesBitmap(bound: block.seriesCount)
        present = SeriesBitmap(bound: block.seriesCount)
    }

    /// Whether the series has a sample in the range.
    func contains(_ series: UInt32) throws(ReadError) -> Bool {
        if known.contains(series) { return present.contains(series) }
        let found = try find(series)
        known.insert(series)
        if found { present.insert(series) }
        return found
    }

    private func find(_ series: UInt32) throws(ReadError) -> Bool {
        if let hidden = block.mask?.ranges(of: series) { return try find(series, without: hidden) }
        if coversBlock { return true }
        return try find(series) { (entry) throws(ReadError) in try hasSample(entry) }
    }

    /// Looks at what deletions leave of a series.
    private func find(_ series: UInt32, without hidden: TimeRanges) throws(ReadError) -> Bool {
        let shown = hidden.gaps(in: range)
        guard !shown.isEmpty else { return false }
        return try find(series) { (entry) throws(ReadError) in
            let column = try block.timeColumn(entry.timeColumn)
            for range in shown where column.first <= range.upperBound && column.last >= range.lowerBound {
                try pace.step(32)
                let rows = try block.rows(of: column, in: range)
                if (entry.rows ?? 0..<column.rows).overlaps(rows) { return true }
            }
            return false
        }
    }

    /// Whether the condition holds for a column of a series.
    private func find(
        _ series: UInt32, where hasSample: (ColumnEntry) throws(ReadError) -> Bool
    ) throws(ReadError) -> Bool {
        try block.withRecord(of: series) { bytes, cursor throws(ReadError) in
            guard let count = cursor.count(in: bytes) else { throw block.damagedEntry(series) }
            for _ in 0..<count {
                guard let entry = ColumnEntry(&cursor, in: bytes) else { throw block.damagedEntry(series) }
                try pace.step(8)
                if try hasSample(entry) { return true }
            }
            return false
        }
    }

    private func hasSample(_ entry: ColumnEntry) throws(ReadError) -> Bool {
        let column = try block.timeColumn(entry.timeColumn)
        guard column.first <= range.upperBound, column.last >= range.lowerBound else { return false }
        if let own = entry.rows {
            if range.contains(column.first), range.contains(column.last) { return true }
            return own.overlaps(try rowsInRange(of: column))
        }
        if range.contains(column.first) || range.contains(column.last) { return true }
        return try !rowsInRange(of: column).isEmpty
    }

    private func rowsInRange(of column: TimeColumnRecord) throws(ReadError) -> Range<Int> {
        if let rows = rows[column.number] { return rows }
        try pace.step(128)
        let found = try block.rows(of: column, in: range)
        if rows.count >= Self.rowsLimit { rows.removeAll() }
        rows[column.number] = found
        return found
    }
}

extension Block {
    /// Returns what finds the series with a sample in the range, or nil if all samples of the block are in it and none
    /// is hidden.
    private func presence(in range: ClosedRange<Int64>, _ limits: (any ReadLimits)?) -> BlockPresence? {
        if mask == nil, range.contains(summary.minTime), range.contains(summary.maxTime) { return nil }
        return BlockPresence(self, in: range, limits)
    }

    /// Returns those of `series` that have a sample in the range.
    func series(
        _ series: [UInt32], withSamplesIn range: ClosedRange<Int64>, limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        guard let presence = presence(in: range, limits) else { return series }
        var kept: [UInt32] = []
        for number in series where try presence.contains(number) { kept.append(number) }
        return kept
    }

    /// Returns the names of the labels of series that match all matchers of at least one list (of any series if
    /// `lists` is empty) and have a sample in the range, in ascending order.
    func labelNames(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Int64>, limits: (any ReadLimits)?
    ) throws(ReadError) -> [[UInt8]] {
        if let series = try MatcherPlanner.resolve(anyOf: lists, in: self, limits: limits) {
            return try names(of: self.series(series, withSamplesIn: range, limits: limits), limits: limits)
        }
        guard let presence = presence(in: range, limits) else { return try names() }
        var found: [[UInt8]] = []
        for name in try names() {
            let values = try values(
                of: name, limit: 1, limits: limits,
                whereSeries: { (number) throws(ReadError) in
                    try presence.contains(number)
                })
            if !values.isEmpty { found.append(name) }
        }
        return found
    }

    /// Returns the values of a label in series that match all matchers of at least one list (in any series if
    /// `lists` is empty) and have a sample in the range, in ascending order and at most `limit`.
    func labelValues(
        of name: [UInt8], matching lists: [[LabelMatcher]], in range: ClosedRange<Int64>, limit: Int,
        limits: (any ReadLimits)?
    ) throws(ReadError) -> [[UInt8]] {
        var series = try MatcherPlanner.resolve(anyOf: lists, in: self, limits: limits)
        if let found = series {
            series = try self.series(found, withSamplesIn: range, limits: limits)
        } else if let presence = presence(in: range, limits) {
            // For most values, the first series tried has a sample.
            return try values(
                of: name, limit: limit, limits: limits,
                whereSeries: { (number) throws(ReadError) in
                    try presence.contains(number)
                })
        }
        return try MatcherPlanner.labelValues(of: name, in: series, limit: limit, of: self, limits: limits)
    }
}
