public import KTSDBModel

/// One alert of a rule: its labels, its state and its times.
public struct Alert: Hashable, Sendable {
    /// The alert's identity: the labels of the series, those of the rule, and `alertname`.
    public var labels: Labels
    /// The annotations of the rule, as they were last expanded.
    public var annotations: NamedTexts
    /// Whether it is pending, firing or inactive.
    public var state: AlertState
    /// The value of the expression when it last returned the alert's series.
    public var value: Double
    /// The value of the expression when the alert began to fire; nil while it is pending.
    public var firedValue: Double?
    /// The value that the expression compares when the alert was resolved; nil before that, or if it is unknown.
    public var resolvedValue: Double?
    /// The time of the evaluation that began this run of the alert.
    public var activeAt: PreciseTime
    /// The time of the evaluation at which it began to fire; nil while it is pending.
    public var firedAt: PreciseTime?
    /// The time of the evaluation at which it was resolved; nil before that.
    public var resolvedAt: PreciseTime?
    /// The time of the evaluation after which it was last sent; nil if it was never sent.
    public var lastSentAt: PreciseTime?
    /// The time of the first evaluation that no longer returned the alert's series, while the alert continues to fire
    /// because of `keep_firing_for`; nil otherwise.
    public var keepFiringSince: PreciseTime?

    /// How long a resolved alert is kept and sent repeatedly, so that a receiver that was unavailable learns of it.
    public static let resolvedRetention: Duration = .seconds(15 * 60)

    /// Creates a pending alert.
    public init(labels: Labels, annotations: NamedTexts = [:], value: Double, activeAt: PreciseTime) {
        self.labels = labels
        self.annotations = annotations
        self.value = value
        self.activeAt = activeAt
        state = .pending
    }
}
