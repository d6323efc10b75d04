package import KTSDBModel

/// What became of a notification to one integration during one flush, for people who ask later.
package struct DeliveryReport: Hashable, Sendable {
    /// When it ended.
    package var time: WallTime
    package var groupKey: String
    package var groupLabels: Labels
    package var integration: IntegrationID
    package var reason: NotificationReason
    /// How often it was tried.
    package var attempts: Int
    /// How many alerts fired, and how many were over.
    package var firing: Int
    package var resolved: Int
    /// From the beginning of the first attempt.
    package var duration: Duration
    /// The status of the last answer; nil without one.
    package var status: Int?
    /// Why it failed, or what was wrong with what was sent; without secrets. Empty if nothing was.
    package var error: String
    package var isDelivered: Bool

    /// How long an error may be, in bytes.
    package static let errorLimit = 1024

    package init(
        _ notification: Notification, at time: WallTime, attempts: Int, duration: Duration, status: Int?,
        error: String, isDelivered: Bool
    ) {
        self.time = time
        groupKey = notification.groupKey
        groupLabels = notification.groupLabels
        integration = notification.integration
        reason = notification.reason
        self.attempts = attempts
        firing = notification.firing.count
        resolved = notification.resolved.count
        self.duration = duration
        self.status = status
        self.error = Truncation.bytes(error, Self.errorLimit).text
        self.isDelivered = isDelivered
    }
}
