internal import KTSDBModel

/// How many evaluations are looked at together, when a rule is evaluated over a long time.
///
/// One range query over many steps is much faster than many queries, but all of its samples are in memory at once.
struct StepChunks {
    /// Evaluations that are looked at together at most.
    static let longest = 5000
    /// Samples that are in memory together, about.
    private static let sampleLimit = 1_000_000
    /// How many there are at first, when it is not known how many samples each gives.
    private static let first = 250

    private(set) var length = first

    /// Notes how many samples some evaluations gave.
    mutating func note(samples: Int, steps: Int) {
        let perStep = max(1, samples / max(1, steps))
        length = min(Self.longest, max(1, Self.sampleLimit / perStep))
    }
}

extension RuleExpression {
    /// Evaluates the expression at `count` times. One that fails does not take the others with it; `check` is called
    /// now and then meanwhile, and what it throws ends all.
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
