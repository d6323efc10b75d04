public import KTSDBModel

/// An alert that is to be sent to those who notify: it fires, or it is over.
public struct DueAlert: Hashable, Sendable {
    /// The group and the name of the rule.
    public var group: GroupKey
    /// The rule's name.
    public var rule: String
    /// The rule's expression, as its language writes it.
    public var expression: String
    /// The alert's labels; external labels are not among them.
    public var labels: Labels
    /// The alert's annotations.
    public var annotations: NamedTexts
    /// When it began to fire.
    public var startsAt: PreciseTime
    /// When it was over; while it fires, when it is taken to be over if it is not sent again until then.
    public var endsAt: PreciseTime
    /// Whether it is over.
    public var isResolved: Bool
    /// The value of the expression when it gave the alert last.
    public var value: Double
    /// The value of the expression when the alert began to fire.
    public var firedValue: Double?
    /// What the expression compares, when the alert was over.
    public var resolvedValue: Double?
}

/// How alerts are sent again and again.
public struct ResendPolicy: Hashable, Sendable {
    /// An alert is sent again when more than this has passed since it was sent.
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
    /// Pending ones never are. One that was over since it was sent is sent at once. Others are when *more* than the
    /// delay has passed: with an interval of 15 seconds and a delay of a minute, every 75 seconds.
    public func isDue(at time: PreciseTime, resendDelay: Duration) -> Bool {
        guard state != .pending else { return false }
        guard let lastSentAt else { return true }
        if let resolvedAt, resolvedAt > lastSentAt { return true }
        return lastSentAt + resendDelay < time
    }
}

extension RuleState {
    /// The alerts that are due, those first that were never sent or sent longest ago.
    func dueAlerts(at time: PreciseTime, _ policy: ResendPolicy) -> [Alert] {
        alerts.values.filter { $0.isDue(at: time, resendDelay: policy.delay) }.sorted { left, right in
            let leftTime = left.lastSentAt?.nanoseconds ?? .min, rightTime = right.lastSentAt?.nanoseconds ?? .min
            return leftTime == rightTime ? left.labels < right.labels : leftTime < rightTime
        }
    }

    /// Records that `alerts` were sent at `time`. What was not sent stays due.
    mutating func markSent(_ alerts: some Sequence<Alert>, at time: PreciseTime) {
        for alert in alerts { self.alerts[alert.labels]?.lastSentAt = time }
    }
}

extension DueAlert {
    /// The alert as it is sent at `time`.
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
