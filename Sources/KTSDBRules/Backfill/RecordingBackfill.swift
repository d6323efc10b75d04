public import KTSDBModel

/// Computes what a recording rule would have recorded in the past.
///
/// It runs the state machine of the server for each evaluation, and returns what the evaluation would have stored,
/// including staleness markers.
public struct RecordingBackfill: Sendable {
    /// The rule.
    public var rule: RecordingRule
    /// The language and the query offset.
    public var options: RuleOptions
    /// The limit of the rule's group; no limit if it is 0 or less.
    public var limit = 0
    /// The most evaluations of one backfill.
    public var evaluationLimit = 10_000_000
    /// Called at least once every 5,000 evaluations; what it throws ends the backfill.
    public var check: @Sendable () throws -> Void = {}

    /// Creates a backfill.
    public init(_ rule: RecordingRule, options: RuleOptions = .init()) {
        self.rule = rule
        self.options = options
    }

    /// The result of a backfill.
    public struct Report: Hashable, Sendable {
        /// How often the rule was evaluated.
        public var evaluations = 0
        /// The number of samples that were computed, without staleness markers.
        public var samples = 0
        /// The number of samples and staleness markers that were not stored, by reason.
        public var rejected: [String: Int] = [:]
        /// The number of evaluations that failed, by the text of the error.
        public var failures: [String: Int] = [:]

        /// Creates an empty report.
        public init() {}
    }

    /// Evaluates the rule every `interval` from `range.lowerBound` through `range.upperBound`. An interval below a
    ///   millisecond counts as a millisecond. Calls `store` with the results of consecutive evaluations; it returns how
    ///   many samples it did not store, by reason. - Throws: An error if the expression is invalid or there are too
    ///   many evaluations, and what `store` and ``check`` throw.
    public func run(
        over range: ClosedRange<PreciseTime>, interval: Duration, in source: any SeriesSource,
        store: ([RuleStep]) throws -> [String: Int]
    ) throws -> Report {
        let expression = try options.language.prepare(rule.expression)
        let interval = max(interval, .milliseconds(1))
        let count = (range.upperBound - range.lowerBound).nanoseconds / interval.nanoseconds + 1
        guard count <= evaluationLimit else {
            throw RuleError.query(
                "\(count) evaluations are more than the limit of \(evaluationLimit); choose a shorter range, or a "
                    + "longer interval")
        }
        var state = RuleState(), report = Report(), chunks = StepChunks(), first = 0
        while first < count {
            let length = min(Int(count) - first, chunks.length), before = report.samples
            let start = range.lowerBound + interval * first
            let results = try expression.results(
                from: (start - options.queryOffset).timestamp, step: interval, count: length, in: source, check: check)
            let steps = steps(results, &state, &report, from: start, interval)
            if !steps.isEmpty { report.rejected.merge(try store(steps), uniquingKeysWith: +) }
            first += length
            chunks.note(samples: report.samples - before, steps: length)
        }
        report.evaluations = Int(count)
        return report
    }

    /// Advances the rule's state by the results of some evaluations, and returns the steps that store something.
    private func steps(
        _ results: [Result<[RuleSample], RuleError>], _ state: inout RuleState, _ report: inout Report,
        from start: PreciseTime, _ interval: Duration
    ) -> [RuleStep] {
        var steps: [RuleStep] = []
        for (number, result) in results.enumerated() {
            let context = RuleContext(
                time: start + interval * number, queryOffset: options.queryOffset, limit: limit, bounds: options.bounds)
            let step = rule.evaluate(state, result, in: context)
            state = step.state
            if let error = step.error { report.failures[error.description, default: 0] += 1 }
            report.samples += step.samples.count
            if !step.samples.isEmpty || !step.endedSeries.isEmpty { steps.append(step) }
        }
        return steps
    }
}
