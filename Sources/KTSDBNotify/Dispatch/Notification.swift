package import KTSDBModel

/// One message to one integration about one group.
package struct Notification: Hashable, Sendable {
    package var integration: IntegrationID
    package var reason: NotificationReason
    package var groupKey: String
    package var groupLabels: Labels
    /// The labels of the route; values may be templates.
    package var routeLabels: KeyValues
    /// The alerts to send, in order. Those that fire have no end.
    package var alerts: [ReceivedAlert]
    /// When the flush was due.
    package var tick: WallTime
    /// What the integration kept from the notification before.
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

    /// Whether none of the alerts fires.
    package var isResolved: Bool { firing.isEmpty }
}

/// One attempt to send a notification.
package struct Delivery: Hashable, Sendable {
    /// Names the attempt; none other has it.
    package var id: UInt64
    package var notification: Notification
    /// How many attempts there were before.
    package var earlierAttempts: Int
    /// When to give up.
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
    /// The integration was notified; what it keeps until the next time, or nil if that has not changed.
    case success(data: [String: LogEntry.Value]? = nil)
    /// It was not: whether to try again during this flush, and at the earliest after which time.
    case failure(reason: String, isRetryable: Bool, retryAfter: Duration? = nil)
}

/// What a caller has to do, or may want to know.
package enum NotifierEffect: Hashable, Sendable {
    /// Send this, and report the result.
    case deliver(Delivery)
    /// Stop an attempt; its result does not count any more.
    case cancel(UInt64)
    /// An integration was notified.
    case notified(Notification, attempts: Int)
    /// An integration could not be notified during a flush; the next flush tries again.
    case failed(Notification, attempts: Int, reason: String)
    /// A flush sent nothing although the group has alerts, because of these time intervals.
    case muted(groupKey: String, by: [String])
    /// There are too many groups: an alert belongs to none.
    case tooManyGroups(limit: Int)
}
