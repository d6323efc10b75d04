internal import KTSDBModel

/// The back-test of one variant of a rule while it runs.
struct BacktestRun {
    /// The rule without its annotations, except for ``NoDataPolicy/name``: annotations are expanded only when an alert
    /// begins or fires.
    private let bare: AlertingRule
    private let texts: BacktestTexts
    private let limit: Int
    private let policy: NoDataPolicy
    private var state = RuleState()
    private var log: BacktestLog

    init(_ rule: AlertingRule, _ test: RuleBacktest) {
        policy = rule.noDataPolicy
        var bare = rule
        bare.annotations = rule.annotations[NoDataPolicy.name].map { [NoDataPolicy.name: $0] } ?? [:]
        self.bare = bare
        texts = BacktestTexts(rule: rule, options: test.options)
        limit = test.limit
        log = BacktestLog(limit: test.runLimit)
    }

    /// Advances the rule by the evaluation at `time`, whose query returned `result`.
    mutating func advance(
        to time: PreciseTime, _ result: Result<[RuleSample], RuleError>, _ source: any SeriesSource,
        _ subjects: () throws(RuleError) -> AlertSubjects
    ) {
        if case .success(let samples) = result, samples.isEmpty, state.alerts.isEmpty, policy != .alert { return }
        let texts = texts, options = texts.options
        let context = RuleContext(time: time, queryOffset: options.queryOffset, limit: limit, bounds: options.bounds)
        let step = withoutActuallyEscaping(subjects) { [bare, state] subjects in
            let input = AlertInput(
                expand: { text, sample, values in texts.expand(text, sample, values, at: time, source) },
                subjects: subjects)
            return bare.evaluate(state, result, in: context, input)
        }
        log.note(to: step, at: time) { texts.annotations(of: $0, result, at: time, source) }
        state = step.state
    }

    /// Returns the report after the last evaluation.
    func report(on grid: BacktestGrid) -> BacktestReport {
        log.report(evaluations: grid.count, end: grid[max(0, grid.count - 1)])
    }
}
