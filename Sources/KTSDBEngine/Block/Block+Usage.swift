internal import KTSDBModel

extension Block {
    /// How many series have a column of samples or of times on a page, and the times of these columns. Reads the whole
    /// directory; nil if that is damaged, or no series has any.
    func usage(ofPage page: Int) -> (series: Int, range: ClosedRange<Timestamp>)? {
        var records = BlockRecords(self), count = 0, first = Int64.max, last = Int64.min
        do throws(ReadError) {
            for series in 0..<UInt32(seriesCount) {
                let isUser = try records.withRecord(of: series) { bytes, cursor throws(ReadError) -> Bool in
                    var isUser = false
                    for _ in 0..<(cursor.count(in: bytes) ?? 0) {
                        guard let entry = ColumnEntry(&cursor, in: bytes) else { throw damagedEntry(series) }
                        let column = try timeColumn(entry.timeColumn)
                        let isOnPage = column.step == nil && column.page == page
                        guard isOnPage || entry.isOnPage(page, bytes) else { continue }
                        isUser = true
                        (first, last) = (min(first, column.first), max(last, column.last))
                    }
                    return isUser
                }
                if isUser { count += 1 }
            }
        } catch { return nil }
        guard count > 0 else { return nil }
        return (count, Timestamp(milliseconds: first)...Timestamp(milliseconds: last))
    }
}

extension ColumnEntry {
    /// Whether values or start times are on a page.
    fileprivate func isOnPage(_ page: Int, _ record: RawSpan) -> Bool {
        if case .integers(let position) = starts, position.page == page { return true }
        switch values {
        case .constant: return false
        case .xor(let position), .adaptive(let position), .bucket(let position, index: _): return position.page == page
        case .histograms(let range):
            return HistogramDescription(record.extracting(range))?.groups.contains { $0.position.page == page } ?? false
        }
    }
}
