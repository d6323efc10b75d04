public import KTSDBModel

/// A firing or resolved alert that is due to be sent to a notifier.
public struct DueAlert: Hashable, Sendable {
    /// The rule's group.
    public var group: GroupKey
    /// The rule's name.
    public var rule: String
    /// The rule's expression, as its language formats it.
    public var expression: String
    /// The alert's labels, without external labels.
    public var labels: Labels
    /// The alert's annotations.
    public var annotations: NamedTexts
    /// When it began to fire.
    public var startsAt: PreciseTime
    /// When it was resolved. For a firing alert, when it counts as resolved unless it is sent again before then.
    public var endsAt: PreciseTime
    /// Whether it is resolved.
    public var isResolved: Bool
    /// The value of the expression when it last returned the alert's series.
    public var value: Double
    /// The value of the expression when the alert began to fire.
    public var firedValue: Double?
    /// The value that the expression compares when the alert was resolved; nil before that, or if it is unknown.
    public var resolvedValue: Double?
}

/// When alerts are sent again.
public struct ResendPolicy: Hashable, Sendable {
    /// An alert is sent again when more than this has passed since it was last sent.
    public var delay: Duration
    /// The interval of the rule's group.
    public var interval: Duration

    /// Creates a policy.
    public init(delay: Duration = .seconds(60), interval: Duration) {
        self.delay = delay
        self.interval = interval
    }

    /// How long a firing alert counts as firing if it is not sent again: two evaluations or sendings may fail.
    var validity: Duration { max(interval, delay) * 4 }
}

extension Alert {
    /// Whether the alert is to be sent at `time`.
    ///
    /// A pending alert is never sent. An alert that was never sent, or was resolved since it was last sent, is sent at
    /// once. Any other alert is sent when *more* than the delay has passed: with an interval of 15 seconds and a delay
    /// of a minute, every 75 seconds.
    public func isDue(at time: PreciseTime, resendDelay: Duration) -> Bool {
        guard state != .pending else { return false }
        guard let lastSentAt else { return true }
        if let resolvedAt, resolvedAt > lastSentAt { return true }
        return lastSentAt + resendDelay < time
    }
}

extension RuleState {
    /// Returns the alerts that are due: first those that were never sent, then those that were sent longest ago.
    func dueAlerts(at time: PreciseTime, _ policy: ResendPolicy) -> [Alert] {
        alerts.values.filter { $0.isDue(at: time, resendDelay: policy.delay) }.sorted { left, right in
            let leftTime = left.lastSentAt?.nanoseconds ?? .min, rightTime = right.lastSentAt?.nanoseconds ?? .min
            return leftTime == rightTime ? left.labels < right.labels : leftTime < rightTime
        }
    }

    /// Records that `alerts` were sent at `time`. Other alerts stay due.
    mutating func markSent(_ alerts: some Sequence<Alert>, at time: PreciseTime) {
        for alert in alerts { self.alerts[alert.labels]?.lastSentAt = time }
    }
}

extension DueAlert {
    /// Creates the due alert of a rule. A firing alert counts as resolved at `validUntil`.
    init(_ alert: Alert, of rule: String, _ expression: String, in group: GroupKey, validUntil: PreciseTime) {
        self.group = group
        self.rule = rule
        self.expression = expression
        labels = alert.labels
        annotations = alert.annotations
        startsAt = alert.firedAt ?? alert.activeAt
        endsAt = alert.resolvedAt ?? validUntil
        isResolved = alert.resolvedAt != nil
        value = alert.value
        firedValue = alert.firedValue
        resolvedValue = alert.resolvedValue
    }
}
