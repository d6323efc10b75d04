public import KTSDBModel

/// The state of a rule between evaluations.
///
/// It is a value: the state machines take one and return the next. ``RuleStateCoding`` encodes it.
public struct RuleState: Hashable, Sendable {
    /// The alerts of an alerting rule, by their labels; empty for a recording rule.
    public var alerts: [Labels: Alert] = [:]
    /// The series that the last successful evaluation stored.
    var written = WrittenSeries()
    /// Whether the state from before the last start has been restored. `ALERTS` and `ALERTS_FOR_STATE` are stored only
    /// if it has.
    public var isRestored: Bool
    /// The time of the last successful evaluation; nil before the first one.
    public var evaluatedAt: PreciseTime?
    /// The outcome of the last evaluation.
    public var health = RuleHealth.unknown

    /// Creates the state of a rule that was never evaluated.
    public init(isRestored: Bool = true) { self.isRestored = isRestored }

    /// The highest state of the rule's alerts; nil before the first evaluation, which Prometheus calls `unknown`.
    public var alertState: AlertState? {
        alerts.values.lazy.map(\.state).max() ?? (evaluatedAt == nil ? nil : .inactive)
    }

    /// The alerts that are pending or firing, in the order of their labels.
    public var activeAlerts: [Alert] {
        alerts.values.filter { $0.state != .inactive }.sorted { $0.labels < $1.labels }
    }
}

/// The outcome of a rule's last evaluation.
public enum RuleHealth: Hashable, Sendable, CustomStringConvertible {
    /// There was no evaluation yet.
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

    /// Why the evaluation failed; nil if it did not.
    public var error: RuleError? {
        if case .failed(let error) = self { error } else { nil }
    }
}
