public import KTSDBModel

/// Why an alerting rule fires or does not at a time: what its operands give, how far its alerts are, and what became of
/// those before.
public struct AlertExplanation: Hashable, Sendable {
    /// The rule's group.
    public var group: GroupKey
    /// The rule.
    public var rule: AlertingRule
    /// How often the rule is evaluated.
    public var interval: Duration
    /// The time of the explanation.
    public var time: PreciseTime
    /// When the query looks: earlier by the query offset.
    public var queryTime: Timestamp
    /// The expression with its operands.
    public var operand: OperandExplanation
    /// The alerts that are pending or firing at the time.
    public var alerts: [AlertProgress] = []
    /// Whether ``alerts`` are those of the server, and not computed from stored samples.
    public var isLive = false
    /// What the rule would have done until the time, from ``historyStart`` on.
    public var history = BacktestReport()
    /// From when on the past was looked at.
    public var historyStart: PreciseTime
    /// Why the last evaluation of the server failed.
    public var lastError: String?
    /// Whether the rule has forgotten its alerts because of ``lastError``: the limit of its group does that.
    public var hasForgottenAlerts = false

    /// How far an alert is.
    public struct AlertProgress: Hashable, Sendable {
        /// The alert's labels.
        public var labels: Labels
        /// How far it is.
        public var state: AlertState
        /// The value of the expression when it gave the alert last.
        public var value: Double
        /// Since when it is active.
        public var activeAt: PreciseTime
        /// When it fires if the expression continues to give it; for a firing alert, when it began to.
        public var firesAt: PreciseTime
        /// Until when it fires without being given, if the expression does not give it.
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
