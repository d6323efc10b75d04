internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// What all parts of one evaluation share: the source, the limits, and what is counted and reported.
final class QueryContext: Sendable {
    let source: any SeriesSource
    let options: EngineOptions
    /// Milliseconds.
    let lookback: Int64
    /// Milliseconds.
    let defaultSubqueryStep: Int64
    let rollups: RollupUse
    /// How long it may take, and what it may hold.
    let limits: QueryLimits
    /// How many threads work on one large selection.
    let threads: Int
    let annotations = Annotations()
    /// What measures the parts of the plan, where they are explained.
    let profile: QueryProfile?

    private let queryable = Atomic(0), read = Atomic(0)
    /// The samples that each step looked at, and those of them that no step before had looked at.
    private let stepCounts: Mutex<(queryable: [Int], read: [Int])>?

    init(
        options: EngineOptions, overrides: QueryOverrides, source: any SeriesSource, limits: QueryLimits,
        profile: QueryProfile? = nil, steps: Int = 1
    ) throws(QueryError) {
        self.source = source
        self.options = options
        self.limits = limits
        rollups = overrides.rollups ?? options.rollups
        lookback = (overrides.lookback ?? options.lookback).milliseconds
        defaultSubqueryStep = options.defaultSubqueryStep.milliseconds
        guard (1...StepGrid.longest).contains(lookback) else {
            throw .invalidParameter(name: "lookback_delta", reason: "it must be positive and below 292 years")
        }
        guard (1...StepGrid.longest).contains(defaultSubqueryStep) else {
            throw .invalidParameter(name: "subquery step", reason: "it must be positive and below 292 years")
        }
        self.profile = profile
        let zeros = [Int](repeating: 0, count: overrides.countsSteps ? steps : 0)
        stepCounts = overrides.countsSteps ? Mutex((zeros, zeros)) : nil
        // Only the times of one thread add up.
        threads = profile != nil ? 1 : max(1, options.threads ?? Self.processors)
    }

    /// The system opens a file to answer this, which costs as much as a small query.
    private static let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))

    var sampleLimit: Int { limits.sampleLimit }

    /// Ends the evaluation if it was cancelled or took too long. Called at least once in a millisecond.
    func check() throws(QueryError) { try limits.checkTime() }

    /// What a failed read means for the query.
    func error(for error: ReadError) -> QueryError { limits.error(for: error) }

    /// Asks for room for `count` samples of `bytesEach` bytes *before* they are made; ``release(_:bytes:)`` gives it
    /// back.
    func reserve(_ count: Int, bytesEach: Int = 8) throws(QueryError) {
        try limits.reserve(count, bytesEach: bytesEach)
    }

    /// Asks for room for anything but samples: labels, and what finds them.
    func reserve(bytes count: Int) throws(QueryError) { try limits.reserve(byteCount: count) }

    /// Gives back what was reserved.
    func release(_ count: Int, bytes: Int) { limits.release(count, bytes: bytes) }

    /// How many samples one more column may have, by either limit.
    var samplesLeft: Int { limits.samplesLeft }

    /// Counts samples that steps looked at, and those that no step before had looked at.
    func count(queryable: Int, read: Int) {
        self.queryable.add(queryable, ordering: .relaxed)
        self.read.add(read, ordering: .relaxed)
    }

    /// Whether the samples of each step are wanted.
    var countsSteps: Bool { stepCounts != nil }

    /// The same for each step of the query.
    func count(queryablePerStep queryable: [Int], readPerStep read: [Int]) {
        count(queryable: queryable.reduce(0, +), read: read.reduce(0, +))
        stepCounts?.withLock { counts in
            for step in counts.queryable.indices {
                counts.queryable[step] += queryable[step]
                counts.read[step] += read[step]
            }
        }
    }

    /// What was counted so far.
    var statistics: QueryStatistics {
        var statistics = QueryStatistics()
        statistics.queryableSamples = queryable.load(ordering: .relaxed)
        statistics.samplesRead = read.load(ordering: .relaxed)
        (statistics.peakSamples, statistics.peakBytes) = limits.peaks
        (statistics.queryableSamplesPerStep, statistics.samplesReadPerStep) =
            stepCounts?.withLock { $0 } ?? ([], [])
        return statistics
    }
}
