public import KTSDBModel

/// What is remembered of a rule from one evaluation to the next.
///
/// It is a value: the state machines take one and return the next. ``RuleStateCoding`` turns it into bytes.
public struct RuleState: Hashable, Sendable {
    /// The alerts of an alerting rule, by their labels; none for a recording rule.
    public var alerts: [Labels: Alert] = [:]
    /// The series that the last successful evaluation stored.
    var written = WrittenSeries()
    /// Whether the state from before the last start is known. `ALERTS` are stored only then.
    public var isRestored: Bool
    /// The time of the last successful evaluation; nil before the first one.
    public var evaluatedAt: PreciseTime?
    /// Whether the last evaluation succeeded.
    public var health = RuleHealth.unknown

    /// Creates the state of a rule that was never evaluated.
    public init(isRestored: Bool = true) { self.isRestored = isRestored }

    /// The highest state of the rule's alerts; nil if it was never evaluated, which Prometheus calls `unknown`.
    public var alertState: AlertState? {
        alerts.values.lazy.map(\.state).max() ?? (evaluatedAt == nil ? nil : .inactive)
    }

    /// The alerts that are pending or firing, in the order of their labels.
    public var activeAlerts: [Alert] {
        alerts.values.filter { $0.state != .inactive }.sorted { $0.labels < $1.labels }
    }
}

/// What became of a rule's last evaluation.
public enum RuleHealth: Hashable, Sendable, CustomStringConvertible {
    /// There was none.
    case unknown
    /// It succeeded.
    case ok
    /// It failed.
    case failed(RuleError)

    /// `unknown`, `ok` or `err`.
    public var description: String {
        switch self {
        case .unknown: "unknown"
        case .ok: "ok"
        case .failed: "err"
        }
    }

    /// Why the evaluation failed.
    public var error: RuleError? {
        if case .failed(let error) = self { error } else { nil }
    }
}
