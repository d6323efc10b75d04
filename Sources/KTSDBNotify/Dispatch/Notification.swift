package import KTSDBModel

/// One message to one integration about one group.
package struct Notification: Hashable, Sendable {
    package var integration: IntegrationID
    package var reason: NotificationReason
    package var groupKey: String
    package var groupLabels: Labels
    /// The labels of the route; values may be templates.
    package var routeLabels: KeyValues
    /// The alerts to send, in order. Firing alerts have no end time.
    package var alerts: [ReceivedAlert]
    /// When the flush was due.
    package var tick: WallTime
    /// The data that the integration kept from the notification before.
    package var data: [String: LogEntry.Value]
    /// The hashes of all alerts of the group that were not muted, for the log.
    package var firing: [UInt64]
    package var resolved: [UInt64]
    package var repeatInterval: Duration

    package init(
        integration: IntegrationID, reason: NotificationReason, groupKey: String, groupLabels: Labels,
        routeLabels: KeyValues, alerts: [ReceivedAlert], tick: WallTime, data: [String: LogEntry.Value],
        firing: [UInt64], resolved: [UInt64], repeatInterval: Duration
    ) {
        self.integration = integration
        self.reason = reason
        self.groupKey = groupKey
        self.groupLabels = groupLabels
        self.routeLabels = routeLabels
        self.alerts = alerts
        self.tick = tick
        self.data = data
        self.firing = firing
        self.resolved = resolved
        self.repeatInterval = repeatInterval
    }

    /// Whether no alert is firing any more.
    package var isResolved: Bool { firing.isEmpty }
}

/// One attempt to send a notification.
package struct Delivery: Hashable, Sendable {
    /// The unique id of the attempt.
    package var id: UInt64
    package var notification: Notification
    /// The number of attempts before this one.
    package var earlierAttempts: Int
    /// When the attempt is given up.
    package var deadline: WallTime

    package init(id: UInt64, notification: Notification, earlierAttempts: Int, deadline: WallTime) {
        self.id = id
        self.notification = notification
        self.earlierAttempts = earlierAttempts
        self.deadline = deadline
    }
}

/// How an attempt ended.
package enum DeliveryResult: Hashable, Sendable {
    /// The integration was notified. `data` is what it keeps for the next notification; nil if that has not changed.
    case success(data: [String: LogEntry.Value]? = nil)
    /// The integration was not notified. `isRetryable` says whether to try again during this flush, `retryAfter` after
    /// which time at the earliest.
    case failure(reason: String, isRetryable: Bool, retryAfter: Duration? = nil)
}

/// What the caller of a notifier has to do, or may want to know.
package enum NotifierEffect: Hashable, Sendable {
    /// Send this, and report the result.
    case deliver(Delivery)
    /// Stop this delivery; its result no longer counts.
    case cancel(UInt64)
    /// An integration was notified.
    case notified(Notification, attempts: Int)
    /// An integration could not be notified during a flush; the next flush tries again.
    case failed(Notification, attempts: Int, reason: String)
    /// A flush sent nothing although the group has alerts, because of these time intervals.
    case muted(groupKey: String, by: [String])
    /// An alert was not put into a group because there are too many groups.
    case tooManyGroups(limit: Int)
}
