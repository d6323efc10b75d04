/// A source of series for queries: a read view of the engine, or a table in a test.
///
/// Results are in *canonical order*: by 64-bit fingerprint, then by label bytes. The evaluator aggregates and breaks
/// ties in this order, so that a result has the same bits however the work was divided.
public protocol SeriesSource: Sendable {
    /// Returns the series that match all of `matchers` and may have samples in `range`, which is inclusive.
    ///
    /// A series without samples in `range` may be among them; its columns are then empty. Reading the selected series
    /// is subject to `limits`, too; nil means no limits.
    /// - Throws: ``ReadError`` if stored bytes are damaged, the view has ended, or a limit is reached.
    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries

    /// Returns an upper bound of the number of series that ``select(_:in:limits:)`` has to read, found without reading
    /// any; nil if it is not known.
    ///
    /// If it is small, selecting is cheaper than passing the work to another thread.
    func selectionBound(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> Int?

    /// The lengths of the intervals for which there are rollups with points of this kind, in milliseconds, ascending.
    func rollupIntervals(of content: RollupRequest.Content) -> [Int64]

    /// Returns the series that match all of `matchers` and may have samples in `range`, with points of rollups in place
    /// of samples wherever the answer is the one that the request asks for, and with samples elsewhere. `range` begins
    /// one millisecond after a multiple of the interval and ends at one.
    /// - Throws: as ``select(_:in:limits:)``.
    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, rollup: RollupRequest,
        limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries
}

extension SeriesSource {
    /// Returns the matching series, without limits.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>
    ) throws(ReadError) -> any SelectedSeries {
        try select(matchers, in: range, limits: nil)
    }

    /// Returns none: there are no rollups.
    public func rollupIntervals(of content: RollupRequest.Content) -> [Int64] { [] }

    /// Returns the series with their samples: there are no rollups.
    ///
    /// - Precondition: the request does not ask for counts, for which samples would have to be replaced by ones.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, rollup: RollupRequest,
        limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        precondition(rollup.content != .count, "A source without rollups has no counts.")
        return try select(matchers, in: range, limits: limits)
    }

    /// Returns nil: the bound is not known.
    public func selectionBound(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> Int? { nil }
}

/// The series of a selector, resolved once per query, in canonical order. Workers may decode different positions
/// concurrently.
public protocol SelectedSeries: Sendable {
    /// The number of series.
    var count: Int { get }
    /// In how many places, in blocks and in memory, the samples of all these series are: a measure of the cost of
    /// reading all of them. At least ``count``.
    var partCount: Int { get }
    /// Whether points of rollups are among the samples.
    var usesRollups: Bool { get }
    /// The labels of the series at `position`, which is in `0..<count`.
    func labels(at position: Int) throws(ReadError) -> Labels
    /// Replaces the contents of `columns` with the samples of the series at `position` in the selection's range.
    ///
    /// Floats and histograms share one column of times. The end of a series of histograms is also marked by a float,
    /// the staleness marker. A histogram's counter reset hint refers to the sample just before it, if that is in the
    /// selection.
    func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError)
    /// Appends the newest sample of each of the series at `positions` in the selection's range, where it is at hand.
    ///
    /// For a question about one time, this takes some ten nanoseconds a series instead of some hundred for decoding it.
    func appendNewest(of positions: Range<Int>, to samples: inout NewestSamples) throws(ReadError)
    /// Returns the classes of the series by some of their labels; nil if that takes reading the labels.
    func classes(by choice: LabelChoice) throws(ReadError) -> LabelClasses?
}

extension SelectedSeries {
    /// Returns false.
    public var usesRollups: Bool { false }

    /// Returns `count`: one place for each series.
    public var partCount: Int { count }

    /// Appends as many series that have to be decoded.
    public func appendNewest(of positions: Range<Int>, to samples: inout NewestSamples) throws(ReadError) {
        samples.appendUnknown(positions.count)
    }

    /// Returns nil.
    public func classes(by choice: LabelChoice) throws(ReadError) -> LabelClasses? { nil }
}
