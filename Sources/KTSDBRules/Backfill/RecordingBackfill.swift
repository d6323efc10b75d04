public import KTSDBModel

/// Computes what a recording rule would have recorded in the past.
///
/// The rule goes through the state machine of the server, evaluation by evaluation, and gives what each would have
/// stored, staleness markers included.
public struct RecordingBackfill: Sendable {
    /// The rule.
    public var rule: RecordingRule
    /// The language and the query offset.
    public var options: RuleOptions
    /// The limit of the rule's group.
    public var limit = 0
    /// How many evaluations one backfill may have.
    public var evaluationLimit = 10_000_000
    /// Called every few thousand evaluations; the backfill ends with what it throws.
    public var check: @Sendable () throws -> Void = {}

    /// Creates a backfill.
    public init(_ rule: RecordingRule, options: RuleOptions = .init()) {
        self.rule = rule
        self.options = options
    }

    /// What became of a backfill.
    public struct Report: Hashable, Sendable {
        /// How often the rule was evaluated.
        public var evaluations = 0
        /// Samples that were computed, without markers.
        public var samples = 0
        /// Samples that were not stored, by the reason.
        public var rejected: [String: Int] = [:]
        /// Evaluations that failed, by the error's text.
        public var failures: [String: Int] = [:]

        /// Creates an empty report.
        public init() {}
    }

    /// Evaluates the rule from `range.lowerBound` on, each `interval`, as long as it is in `range`, and calls `store`
    /// with what some evaluations give, one after the other. `store` returns how many samples were not stored, and why.
    /// - Throws: what is wrong with the expression, and what `store` throws.
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

    /// Takes the rule's state machine on by some evaluations; returns those that store something.
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
