internal import Glibc
internal import KTSDBModel
internal import Synchronization

/// What all parts of one evaluation share: the source, the limits, and what is counted and reported.
final class RunningQuery: Sendable {
    let source: any SeriesSource
    let options: EngineOptions
    /// Milliseconds.
    let lookback: Int64
    /// Milliseconds.
    let defaultSubqueryStep: Int64
    let sampleLimit: Int
    /// How many threads work on one large selection.
    let threads: Int
    let annotations = Annotations()

    private let timeout: Duration
    private let deadline: ContinuousClock.Instant
    private let cancellation: QueryCancellation?
    private let held = Atomic(0), peak = Atomic(0), queryable = Atomic(0), read = Atomic(0)

    init(
        options: EngineOptions, overrides: QueryOverrides, source: any SeriesSource, cancellation: QueryCancellation?
    ) throws(QueryError) {
        self.source = source
        self.options = options
        self.cancellation = cancellation
        lookback = (overrides.lookback ?? options.lookback).milliseconds
        defaultSubqueryStep = options.defaultSubqueryStep.milliseconds
        guard (1...StepGrid.longest).contains(lookback) else {
            throw .invalidParameter(name: "lookback_delta", reason: "it must be positive and below 292 years")
        }
        guard (1...StepGrid.longest).contains(defaultSubqueryStep) else {
            throw .invalidParameter(name: "subquery step", reason: "it must be positive and below 292 years")
        }
        sampleLimit = min(overrides.maximumSamples ?? .max, options.maximumSamples)
        timeout = min(overrides.timeout ?? options.timeout, options.timeout)
        // A century, so that no sum of times overflows.
        deadline = .now + min(timeout, .seconds(1 << 32))
        threads = max(1, options.threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Ends the evaluation if it was cancelled or took too long. Called for each series and each 2^16 points.
    func check() throws(QueryError) {
        if let cancellation, cancellation.isCancelled { throw .cancelled }
        if ContinuousClock.now >= deadline { throw .timeout(limit: timeout) }
    }

    /// Asks for room for `count` samples *before* they are made; ``release(_:)`` gives it back.
    func reserve(_ count: Int) throws(QueryError) {
        let now = held.add(count, ordering: .relaxed).newValue
        guard now <= sampleLimit else {
            held.subtract(count, ordering: .relaxed)
            throw .tooManySamples(limit: sampleLimit, needed: now)
        }
        if now > peak.load(ordering: .relaxed) { peak.max(now, ordering: .relaxed) }
    }

    /// Gives back what was reserved.
    func release(_ count: Int) { held.subtract(count, ordering: .relaxed) }

    /// Counts samples that steps looked at, and those that no step before had looked at.
    func count(queryable: Int, read: Int) {
        self.queryable.add(queryable, ordering: .relaxed)
        self.read.add(read, ordering: .relaxed)
    }

    /// What was counted so far.
    var statistics: QueryStatistics {
        var statistics = QueryStatistics()
        statistics.queryableSamples = queryable.load(ordering: .relaxed)
        statistics.samplesRead = read.load(ordering: .relaxed)
        statistics.peakSamples = peak.load(ordering: .relaxed)
        return statistics
    }
}

/// Samples reserved from a query's limit, given back when this goes away.
final class SampleReservation: Sendable {
    private let query: RunningQuery
    private let count = Atomic(0)

    init(_ query: RunningQuery) { self.query = query }

    deinit { query.release(count.load(ordering: .relaxed)) }

    /// Reserves `extra` more.
    func grow(by extra: Int) throws(QueryError) {
        try query.reserve(extra)
        count.add(extra, ordering: .relaxed)
    }

    /// Reserves what is missing to `total`.
    func grow(to total: Int) throws(QueryError) {
        let missing = total - count.load(ordering: .relaxed)
        if missing > 0 { try grow(by: missing) }
    }
}
