/// The hidden samples of a block: for each deletion that hides some, and for each class of series that retention cuts
/// within the block, a time range and the series.
///
/// In a block without a mask, a series costs one comparison with nil. With a mask, a series that no part touches costs
/// one look-up, and any other series one look-up for each part of the mask.
struct BlockMask: Sendable {
    /// What one deletion, or the age of one class, hides in the block.
    struct Part: Sendable {
        /// Why something is hidden.
        enum Cause: Hashable, Sendable {
            /// By the deletion with this number.
            case deletion(UInt64)
            /// Because it is too old for the class with this number.
            case age(class: UInt8)
            /// Because all of the block is too old, whatever the class.
            case ageOfAll
        }

        var cause: Cause
        /// In milliseconds, both ends inclusive.
        var range: ClosedRange<Int64>
        /// The series: of a deletion, those that have a sample or an exemplar in the range; of a class, all.
        var series: SeriesSet

        /// The deletion's number; nil if the part is one of retention.
        var deletion: UInt64? { if case .deletion(let number) = cause { number } else { nil } }
    }

    /// The parts, each of which hides something.
    let parts: [Part]
    private let seriesCount: Int
    /// The series of all parts.
    private let touched: SeriesSet

    /// Creates the mask of a block with `seriesCount` series; nil if `parts` is empty.
    init?(_ parts: [Part], seriesCount: Int) {
        guard !parts.isEmpty else { return nil }
        self.parts = parts
        self.seriesCount = seriesCount
        touched = SeriesSet.union(parts.map(\.series), bound: seriesCount)
    }

    /// Returns the hidden time ranges of a series; nil if nothing of it is hidden.
    func ranges(of series: UInt32) -> TimeRanges? {
        guard touched.contains(series) else { return nil }
        return TimeRanges(parts.filter { $0.series.contains(series) }.map(\.range))
    }

    /// Returns the mask with another part.
    func adding(_ part: Part) -> BlockMask { BlockMask(parts + [part], seriesCount: seriesCount)! }

    /// Returns the mask with only the parts that `isWanted` accepts; nil if no part is left.
    func limited(to isWanted: (Part) -> Bool) -> BlockMask? {
        let wanted = parts.filter(isWanted)
        return wanted.count == parts.count ? self : BlockMask(wanted, seriesCount: seriesCount)
    }

    /// Returns those of `series` that may have visible samples, given that all samples are within `span`.
    func shown(_ series: [UInt32], within span: ClosedRange<Int64>) -> [UInt32] {
        series.filter { !(ranges(of: $0)?.contains(allOf: span) ?? false) }
    }

    /// Returns whether parts with all series hide all of `span`: a sufficient condition that does not need to check
    /// each series.
    func hidesAtOnce(_ span: ClosedRange<Int64>) -> Bool {
        TimeRanges(parts.filter(\.series.isAll).map(\.range)).contains(allOf: span)
    }

    /// Returns whether all of `span` is hidden in each series.
    func hidesAll(_ span: ClosedRange<Int64>) -> Bool {
        guard touched.isAll else { return false }
        if hidesAtOnce(span) { return true }
        return (0..<UInt32(seriesCount)).allSatisfy { ranges(of: $0)?.contains(allOf: span) ?? false }
    }
}
