public import KTSDBModel

/// The result of a back-test.
public struct BacktestReport: Hashable, Sendable {
    /// The runs of alerts in the order of their beginnings, including those that did not fire.
    public var runs: [Run] = []
    /// How many runs are left out of ``runs`` because there are too many.
    public var omittedRuns = 0
    /// How often the rule was evaluated.
    public var evaluations = 0
    /// The time of the last evaluation.
    public var end = PreciseTime(nanoseconds: 0)
    /// The number of evaluations that failed, by the text of the error.
    public var failures: [String: Int] = [:]

    /// One run of an alert, from its first evaluation to the one that ended it.
    public struct Run: Hashable, Sendable {
        /// The alert's labels.
        public var labels: Labels
        /// The time of the first evaluation.
        public var activeAt: PreciseTime
        /// The time of the evaluation at which it would have fired; nil if it would not have fired.
        public var firedAt: PreciseTime?
        /// The time of the evaluation that ended it; nil if it was active at the end.
        public var endedAt: PreciseTime?
        /// The value when it would have fired; the last value if it would not have fired.
        public var value: Double
        /// The annotations when it would have fired; the first annotations if it would not have fired.
        public var annotations: NamedTexts
    }

    /// The runs that would have fired.
    public var fired: [Run] { runs.filter { $0.firedAt != nil } }
}

/// Collects the runs of alerts during a back-test.
struct BacktestLog {
    private var active: [Labels: BacktestReport.Run] = [:]
    private var report = BacktestReport()
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Records the result of an evaluation. `annotations` returns the annotations of an alert that is new or has just
    /// begun to fire.
    mutating func note(to step: RuleStep, at time: PreciseTime, annotations: (Alert) -> NamedTexts) {
        if let error = step.error { report.failures[error.description, default: 0] += 1 }
        for (labels, alert) in step.state.alerts where alert.state != .inactive {
            let known = active[labels]
            guard known == nil || known?.firedAt == nil else { continue }
            var run = BacktestReport.Run(alert)
            run.annotations = known != nil && alert.firedAt == nil ? known!.annotations : annotations(alert)
            active[labels] = run
        }
        let ended = active.keys.filter { (step.state.alerts[$0]?.state ?? .inactive) == .inactive }
        for labels in ended.sorted() {
            guard var run = active.removeValue(forKey: labels) else { continue }
            run.endedAt = time
            add(run)
        }
    }

    private mutating func add(_ run: BacktestReport.Run) {
        guard report.runs.count < limit else {
            report.omittedRuns += 1
            return
        }
        report.runs.append(run)
    }

    private static func isEarlier(_ one: BacktestReport.Run, _ other: BacktestReport.Run) -> Bool {
        (one.activeAt, one.labels) < (other.activeAt, other.labels)
    }

    /// Returns the report after the last evaluation. Beyond the limit, the runs that end last are left out.
    func report(evaluations: Int, end: PreciseTime) -> BacktestReport {
        var log = self
        for run in active.values.sorted(by: Self.isEarlier) { log.add(run) }
        log.report.runs.sort(by: Self.isEarlier)
        log.report.evaluations = evaluations
        log.report.end = end
        return log.report
    }
}

extension BacktestReport.Run {
    fileprivate init(_ alert: Alert) {
        labels = alert.labels
        activeAt = alert.activeAt
        firedAt = alert.firedAt
        value = alert.value
        annotations = alert.annotations
    }
}
