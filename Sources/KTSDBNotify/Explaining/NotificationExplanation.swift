package import KTSDBModel

/// Whom an alert reaches and when, or what keeps it from them.
package struct NotificationExplanation: Hashable, Sendable {
    package var labels: Labels
    /// The time of the explanation.
    package var time: WallTime
    /// The alert as the notifier knows it; nil if it was never received: then everything is as if it fired now.
    package var alert: ReceivedAlert?
    /// The silences that match it now.
    package var silences: [Silencing] = []
    package var inhibition: Inhibiting?
    /// The routes that handle it, in their order.
    package var routes: [RouteExplanation] = []
    /// Routes that do not, and the matcher by which each fails.
    package var rejections: [Rejection] = []

    package struct Silencing: Hashable, Sendable {
        package var id: String
        package var createdBy: String
        package var comment: String
        package var endsAt: WallTime
    }

    /// The alert that inhibits this one, and by which rule.
    package struct Inhibiting: Hashable, Sendable {
        package var source: Labels
        /// The rule's name, or its place in `inhibit_rules` from 0.
        package var rule: String
    }

    package struct Rejection: Hashable, Sendable {
        /// The matchers of the route and those above it.
        package var route: String
        package var receiver: String
        /// The first matcher that fails.
        package var matcher: String
        /// The value that the alert has.
        package var value: String
    }

    /// Whether it is over.
    package var isResolved: Bool { alert?.isResolved(at: time) ?? false }
}

/// What one route does with an alert.
package struct RouteExplanation: Hashable, Sendable {
    /// The matchers of the route and those above it: `{}/{team="a"}`.
    package var route: String
    package var receiver: String
    package var groupKey: String
    package var groupLabels: Labels
    package var groupWait: Duration
    package var groupInterval: Duration
    package var repeatInterval: Duration
    /// How many alerts the group has.
    package var alertCount: Int
    /// When the group is flushed next.
    package var nextFlush: WallTime
    /// The time intervals that mute it now.
    package var mutedBy: [String] = []
    /// Whether they are active ones, outside of which everything is muted.
    package var isOutsideActive = false
    /// The first minute in which it is not muted any more; nil if that is not within ``MuteSearch/horizon``.
    package var mutedUntil: WallTime?
    package var integrations: [IntegrationExplanation] = []
}

/// When an integration is notified of an alert.
package struct IntegrationExplanation: Hashable, Sendable {
    package var id: IntegrationID
    /// When the group was last notified of; nil if never, or if that is forgotten.
    package var lastNotified: WallTime?
    /// Whether the alert was among those that fired then.
    package var wasIncluded = false
    /// A notification that is being sent: how many attempts there were, and how the last one ended.
    package var attempts: Int?
    package var lastFailure: String?
    /// When the next notification is sent if nothing changes; nil if none is.
    package var next: WallTime?
    /// Why it is sent then.
    package var reason: NotificationReason?
    /// Why not earlier, or why not at all.
    package var because: String
}
