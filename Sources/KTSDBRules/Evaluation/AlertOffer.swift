internal import KTSDBModel

/// The alerts of a rule that are due at one evaluation and that nobody has taken yet.
///
/// A hundred thousand alerts may begin to fire at once, and those who send them have room for ten thousand. They are
/// offered in parts, right away and then again until all are taken or the next evaluation finds out anew what is due.
struct AlertOffer: Sendable {
    /// How many alerts are prepared at a time.
    static let partLimit = 1024

    /// The rule that the alerts are of.
    var group: GroupKey
    var rule: String
    var expression: String
    /// The evaluation: the alerts count as sent at this time, whenever they are taken.
    var time: PreciseTime
    /// How long a firing alert counts as firing if it is not sent again.
    var validity: Duration
    /// The alerts that are left, in the order in which they are offered.
    private(set) var waiting: ArraySlice<Labels>

    /// The alerts of `state` that are due at `time`.
    init(
        _ state: RuleState, of rule: String, _ expression: String, in group: GroupKey, at time: PreciseTime,
        _ policy: ResendPolicy
    ) {
        self.group = group
        self.rule = rule
        self.expression = expression
        self.time = time
        validity = policy.validity
        waiting = state.dueAlerts(at: time, policy).map(\.labels)[...]
    }

    /// Whether all alerts were taken.
    var isDone: Bool { waiting.isEmpty }

    /// Offers the alerts that are left, as many as there is room for, and marks those as sent that are taken.
    ///
    /// `state` is that of the evaluation, but for what earlier calls have marked.
    /// - Returns: How many were taken.
    mutating func make(_ state: inout RuleState, to sink: any AlertSink) -> Int {
        var count = 0
        while !waiting.isEmpty {
            let part = waiting.prefix(max(0, min(Self.partLimit, sink.room)))
            let alerts = part.compactMap { state.alerts[$0] }
            guard !alerts.isEmpty else { break }
            let offered = alerts.map {
                DueAlert($0, of: rule, expression, in: group, validUntil: time + validity)
            }
            let taken = max(0, min(sink.offer(offered), alerts.count))
            state.markSent(alerts.prefix(taken), at: time)
            waiting = waiting.dropFirst(taken)
            count += taken
            guard taken == alerts.count else { break }
        }
        return count
    }
}
