/// Which samples of a block are hidden: for each deletion that hides any, its range of time and its series.
///
/// A block without a mask pays one comparison with nil for a series. With a mask, a series that no deletion is about
/// costs one look-up, and any other one look-up for each deletion in the block.
struct BlockMask: Sendable {
    /// What one deletion hides.
    struct Part: Sendable {
        /// The deletion's number.
        var deletion: UInt64
        /// In milliseconds, both ends inclusive.
        var range: ClosedRange<Int64>
        /// The series that have a sample or an exemplar in the range.
        var series: SeriesSet
    }

    /// Each hides something.
    let parts: [Part]
    private let seriesCount: Int
    /// The series of all parts.
    private let touched: SeriesSet

    /// Creates the mask of a block with this many series; nil without parts.
    init?(_ parts: [Part], seriesCount: Int) {
        guard !parts.isEmpty else { return nil }
        self.parts = parts
        self.seriesCount = seriesCount
        touched = SeriesSet.union(parts.map(\.series), bound: seriesCount)
    }

    /// Returns what is hidden of a series; nil if nothing is.
    func ranges(of series: UInt32) -> TimeRanges? {
        guard touched.contains(series) else { return nil }
        return TimeRanges(parts.filter { $0.series.contains(series) }.map(\.range))
    }

    /// Returns the mask with a further part.
    func adding(_ part: Part) -> BlockMask { BlockMask(parts + [part], seriesCount: seriesCount)! }

    /// Returns the parts of the deletions whose numbers `isWanted` accepts; nil if no part is left.
    func limited(to isWanted: (UInt64) -> Bool) -> BlockMask? {
        let wanted = parts.filter { isWanted($0.deletion) }
        return wanted.count == parts.count ? self : BlockMask(wanted, seriesCount: seriesCount)
    }

    /// Returns those of `series` of which not all samples are hidden, given that all are within `span`.
    func shown(_ series: [UInt32], within span: ClosedRange<Int64>) -> [UInt32] {
        series.filter { !(ranges(of: $0)?.contains(allOf: span) ?? false) }
    }

    /// Whether deletions of all series hide all of `span`: a sufficient condition that is found without looking at
    /// single series.
    func hidesAtOnce(_ span: ClosedRange<Int64>) -> Bool {
        TimeRanges(parts.filter(\.series.isAll).map(\.range)).contains(allOf: span)
    }

    /// Whether all of `span` is hidden of each series.
    func hidesAll(_ span: ClosedRange<Int64>) -> Bool {
        guard touched.isAll else { return false }
        if hidesAtOnce(span) { return true }
        return (0..<UInt32(seriesCount)).allSatisfy { ranges(of: $0)?.contains(allOf: span) ?? false }
    }
}
