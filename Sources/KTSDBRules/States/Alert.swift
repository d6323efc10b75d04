public import KTSDBModel

/// One alert of a rule: what it is about, and since when.
public struct Alert: Hashable, Sendable {
    /// The alert's identity: the labels of the series, those of the rule, and `alertname`.
    public var labels: Labels
    /// What the rule says of it, expanded when the expression gave it last.
    public var annotations: NamedTexts
    /// How far it is.
    public var state: AlertState
    /// The value of the expression when it gave the alert last.
    public var value: Double
    /// The value of the expression when the alert began to fire.
    public var firedValue: Double?
    /// What the expression compares, when the alert was over; nil until then, and if it is not known.
    public var resolvedValue: Double?
    /// The first evaluation of this run of the alert.
    public var activeAt: PreciseTime
    /// The evaluation with which it began to fire; nil while it is pending.
    public var firedAt: PreciseTime?
    /// The evaluation with which it was over; nil until then.
    public var resolvedAt: PreciseTime?
    /// The evaluation with which it was sent last.
    public var lastSentAt: PreciseTime?
    /// The first evaluation without the alert while it continues to fire because of `keep_firing_for`.
    public var keepFiringSince: PreciseTime?

    /// How long an alert that is over is kept, and sent again and again: a receiver that was away must learn of it.
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
