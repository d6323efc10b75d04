/// What a query cost.
public struct QueryStatistics: Hashable, Sendable {
    /// Samples that the steps looked at, those of overlapping windows counted once for each step: Prometheus'
    /// `totalQueryableSamples`.
    public var queryableSamples = 0
    /// Samples that were used, each counted once: Prometheus' `samplesRead`.
    public var samplesRead = 0
    /// The largest number of samples held in memory at one time.
    public var peakSamples = 0
    /// The largest number of bytes held in memory at one time, as far as they were counted: samples, rows and labels,
    /// but not what the storage keeps for itself.
    public var peakBytes = 0
    /// ``queryableSamples`` for each step, if that was asked for (``QueryOverrides/countsSteps``); else none.
    public var queryableSamplesPerStep: [Int] = []
    /// ``samplesRead`` for each step, if that was asked for: a sample counts at the first step that looks at it.
    public var samplesReadPerStep: [Int] = []
    /// Time spent on planning.
    public var preparation: Duration = .zero
    /// Time spent on evaluating.
    public var evaluation: Duration = .zero
    /// Time spent on ordering the result.
    public var sorting: Duration = .zero

    /// Nothing yet.
    public init() {}
}
