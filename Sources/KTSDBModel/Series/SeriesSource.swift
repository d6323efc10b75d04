/// Anything that can be queried: a read view of the engine, or a table in a test.
///
/// What comes back is in *canonical order*: by 64-bit fingerprint, then by label bytes. Every fold and tie of the
/// evaluator uses this order, so that an answer has the same bits however the work was divided.
public protocol SeriesSource: Sendable {
    /// Finds the series that match all of `matchers` and have samples in `range` (both ends included), or may have.
    ///
    /// A series without any sample in `range` may be among them: its columns then come out empty.
    /// What is selected keeps `limits` and minds them, too, when it is read; nil: no limits.
    /// - Throws: ``ReadError`` if stored bytes are damaged, the view has ended, or a limit is reached.
    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries

    /// At most how many series ``select(_:in:limits:)`` has to look at, found without looking at any; nil if that is
    /// not known.
    ///
    /// With a small number, selecting takes less than it costs to hand it to another thread.
    func selectionBound(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> Int?
}

extension SeriesSource {
    /// Finds series without any limits.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>
    ) throws(ReadError) -> any SelectedSeries {
        try select(matchers, in: range, limits: nil)
    }

    /// Not known.
    public func selectionBound(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> Int? { nil }
}

/// What a selector names, resolved once per query, in canonical order; workers decode different positions at once.
public protocol SelectedSeries: Sendable {
    /// The number of series.
    var count: Int { get }
    /// In how many places, of blocks and of memory, samples of all these series are: what reading them all costs. At
    /// least ``count``.
    var partCount: Int { get }
    /// The labels of the series at `position`, which is in `0..<count`.
    func labels(at position: Int) throws(ReadError) -> Labels
    /// Replaces what is in `columns` by the samples of the series at `position` in the selection's range.
    ///
    /// Floats and histograms of the series stand in one column of times; the end of a series of histograms, too, is
    /// marked by a float, the staleness marker. A histogram's hint about resets is about the sample just before it, if
    /// that is in the selection.
    func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError)
}

extension SelectedSeries {
    /// One place for each series.
    public var partCount: Int { count }
}
