internal import KTSDBModel

/// How many evaluations one range query serves when a rule is evaluated over a long time.
///
/// One range query over many steps is much faster than many queries, but holds all of its samples in memory.
struct StepChunks {
    /// The most evaluations of one range query.
    static let longest = 5000
    /// About the most samples that one range query may return.
    private static let sampleLimit = 1_000_000
    /// The number of evaluations of the first range query, before it is known how many samples each one returns.
    private static let first = 250

    private(set) var length = first

    /// Sets ``length`` according to how many samples `steps` evaluations returned.
    mutating func note(samples: Int, steps: Int) {
        let perStep = max(1, samples / max(1, steps))
        length = min(Self.longest, max(1, Self.sampleLimit / perStep))
    }
}

extension RuleExpression {
    /// Returns the result of the expression at each of `count` times. If the range query fails, evaluates each time by
    /// itself, so that a failure at one time does not affect the others.
    /// - Throws: What `check` throws, which is called before the range query and every 64 single evaluations.
    func results(
        from start: Timestamp, step: Duration, count: Int, in source: any SeriesSource, check: () throws -> Void
    ) throws -> [Result<[RuleSample], RuleError>] {
        try check()
        do throws(RuleError) {
            return try evaluate(from: start, step: step, count: count, in: source).map { .success($0) }
        } catch {
            try check()
            return try (0..<count).map { number in
                if number.isMultiple(of: 64) { try check() }
                return Result { () throws(RuleError) in try evaluate(at: start + step * number, in: source) }
            }
        }
    }
}
