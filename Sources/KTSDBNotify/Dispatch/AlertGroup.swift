package import KTSDBModel

/// A group of alerts that are notified about together.
package struct AlertGroup: Sendable {
    /// The number of the route.
    package var route: Int
    package var labels: Labels
    /// Its name in the notification log.
    package var key: String
    /// The alerts by their labels.
    package var alerts: [Labels: AlertStore.Stored] = [:]
    /// The time intervals that muted it at its last flush.
    package var mutedBy: [String] = []
    /// The flush in progress; nil between flushes.
    var flush: Flush?
    /// When the next flush was due, if that was before the flush in progress ended.
    var overdue: WallTime?

    init(route: Int, labels: Labels, key: String) {
        self.route = route
        self.labels = labels
        self.key = key
    }
}

/// A flush of a group that waits for its integrations.
struct Flush: Sendable {
    /// When the flush is given up.
    var deadline: WallTime
    /// The alerts that were resolved at the beginning of the flush, with their versions. They are forgotten if the
    /// flush succeeds and their versions have not changed.
    var resolved: [(labels: Labels, version: UInt64)]
    /// The integrations that have not been notified yet.
    var attempts: [IntegrationID: Attempt] = [:]
    var hasFailed = false
}

/// A notification that is being sent, or waits to be sent again.
struct Attempt: Sendable {
    var notification: Notification
    var count = 0
    var backOff = BackOff()
    var startedAt: WallTime
    /// The delivery in progress; nil while the attempt waits.
    var delivery: UInt64?
    var lastReason = "context deadline exceeded"
}
