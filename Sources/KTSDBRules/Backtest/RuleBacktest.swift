public import KTSDBModel

/// Computes when an alerting rule would have fired over stored samples.
///
/// It runs the state machine of the server for each evaluation, and stores and sends nothing. One range query serves
/// many evaluations, so a month takes about as long as a range query over it.
public struct RuleBacktest: Sendable {
    /// The rule, with the `for` and the expression to try.
    public var rule: AlertingRule
    /// The language, the templates and what they can read.
    public var options: RuleOptions
    /// The limit of the rule's group; no limit if it is 0 or less.
    public var limit = 0
    /// The most evaluations of one back-test, counting those of all variants.
    public var evaluationLimit = 10_000_000
    /// The most runs of alerts that are reported for each variant. Further runs are only counted.
    public var runLimit = 100_000
    /// Called at least once every 5,000 evaluations; what it throws ends the back-test.
    public var check: @Sendable () throws -> Void = {}

    /// Creates a back-test.
    public init(_ rule: AlertingRule, options: RuleOptions = .init()) {
        self.rule = rule
        self.options = options
    }

    /// Evaluates the rule every `interval` from `range.lowerBound` through `range.upperBound`. An interval below a
    /// millisecond counts as a millisecond.
    /// - Throws: An error if the expression is invalid or there are too many evaluations, and what ``check`` throws.
    public func run(
        over range: ClosedRange<PreciseTime>, interval: Duration, in source: any SeriesSource
    ) throws -> BacktestReport {
        try compare([BacktestVariant()], over: range, interval: interval, in: source)[0]
    }

    /// Evaluates variants of the rule in the same way, and returns a report for each one, in their order. - Throws: An
    ///   error if an expression is invalid, a threshold cannot be applied or there are too many evaluations, and what
    ///   ``check`` throws.
    public func compare(
        _ variants: [BacktestVariant], over range: ClosedRange<PreciseTime>, interval: Duration,
        in source: any SeriesSource
    ) throws -> [BacktestReport] {
        let rules = try variants.map { try $0.applied(to: rule, options.language) }
        let interval = max(interval, .milliseconds(1))
        let count = (range.upperBound - range.lowerBound).nanoseconds / interval.nanoseconds + 1
        guard count <= evaluationLimit / max(1, rules.count) else {
            throw RuleError.query(
                "\(count) evaluations of \(rules.count) variants are more than the limit of \(evaluationLimit); "
                    + "choose a shorter range, or a longer interval")
        }
        var runs = rules.map { BacktestRun($0, self) }
        let grid = BacktestGrid(start: range.lowerBound, interval: interval, count: Int(count))
        // Variants with the same expression share the results of its queries.
        for text in Set(rules.map(\.expression)) {
            let places = rules.indices.filter { rules[$0].expression == text }
            try run(try options.language.prepare(text), places, &runs, on: grid, in: source)
        }
        return runs.map { $0.report(on: grid) }
    }

    private func run(
        _ expression: any RuleExpression, _ places: [Int], _ runs: inout [BacktestRun], on grid: BacktestGrid,
        in source: any SeriesSource
    ) throws {
        let compared = rule.noDataPolicy == .resolve ? nil : expression.compared
        var chunks = StepChunks(), first = 0
        while first < grid.count {
            let chunk = grid.part(from: first, count: chunks.length)
            let results = try results(of: expression, on: chunk, in: source)
            let subjects = try compared.map { try self.results(of: $0, on: chunk, in: source) }
            for (step, result) in results.enumerated() {
                let time = chunk[step]
                func subject() throws(RuleError) -> AlertSubjects {
                    if let subjects { return .series(try subjects[step].get()) }
                    guard rule.noDataPolicy != .resolve else { return .unknown }
                    let time = (time - options.queryOffset).timestamp
                    return try expression.subjects(at: time, in: source, options.language)
                }
                for place in places { runs[place].advance(to: time, result, source, subject) }
            }
            first += chunk.count
            let samples = (results + (subjects ?? [])).reduce(0) { $0 + ((try? $1.get().count) ?? 0) }
            chunks.note(samples: samples, steps: chunk.count)
        }
    }

    private func results(
        of expression: any RuleExpression, on grid: BacktestGrid, in source: any SeriesSource
    ) throws -> [Result<[RuleSample], RuleError>] {
        try expression.results(
            from: (grid.start - options.queryOffset).timestamp, step: grid.interval, count: grid.count, in: source,
            check: check)
    }
}
