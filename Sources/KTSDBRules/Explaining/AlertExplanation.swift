public import KTSDBModel

/// Why an alerting rule fires or does not at a time: the results of its operands, the state of its alerts, and its
/// earlier alerts.
public struct AlertExplanation: Hashable, Sendable {
    /// The rule's group.
    public var group: GroupKey
    /// The rule.
    public var rule: AlertingRule
    /// How often the rule is evaluated.
    public var interval: Duration
    /// The time of the explanation.
    public var time: PreciseTime
    /// The time at which the query is evaluated: ``time`` minus the query offset.
    public var queryTime: Timestamp
    /// The expression with its operands.
    public var operand: OperandExplanation
    /// The alerts that are pending or firing at the time.
    public var alerts: [AlertProgress] = []
    /// Whether ``alerts`` come from the state of the server; otherwise they are computed from stored samples.
    public var isLive = false
    /// What the rule would have done from ``historyStart`` to ``time``.
    public var history = BacktestReport()
    /// The start of ``history``.
    public var historyStart: PreciseTime
    /// The error of the server's last evaluation of the rule; nil if it succeeded, or if ``isLive`` is false.
    public var lastError: String?
    /// Whether the rule has forgotten its alerts because it exceeded the limit of its group: see ``lastError``.
    public var hasForgottenAlerts = false

    /// The state of an alert and its times.
    public struct AlertProgress: Hashable, Sendable {
        /// The alert's labels.
        public var labels: Labels
        /// Whether it is pending or firing.
        public var state: AlertState
        /// The value of the expression when it last returned the alert's series.
        public var value: Double
        /// When it became active.
        public var activeAt: PreciseTime
        /// For a pending alert, when it fires if the expression still returns its series; for a firing one, when it
        /// began to fire.
        public var firesAt: PreciseTime
        /// Until when it fires because of `keep_firing_for`; nil if the expression returns its series.
        public var keptUntil: PreciseTime?
    }
}

extension AlertExplanation.AlertProgress {
    init(_ alert: Alert, of rule: AlertingRule) {
        labels = alert.labels
        state = alert.state
        value = alert.value
        activeAt = alert.activeAt
        firesAt = alert.firedAt ?? alert.activeAt + rule.holdDuration
        keptUntil = alert.keepFiringSince.map { $0 + rule.keepFiringFor }
    }

    init(_ run: BacktestReport.Run, of rule: AlertingRule) {
        labels = run.labels
        state = run.firedAt == nil ? .pending : .firing
        value = run.value
        activeAt = run.activeAt
        firesAt = run.firedAt ?? run.activeAt + rule.holdDuration
    }
}
