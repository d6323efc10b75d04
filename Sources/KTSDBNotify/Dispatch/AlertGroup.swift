package import KTSDBModel

/// The alerts that are notified about together.
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
    /// The flush that is not over yet.
    var flush: Flush?
    /// The flush that was due before the last one was over.
    var overdue: WallTime?

    init(route: Int, labels: Labels, key: String) {
        self.route = route
        self.labels = labels
        self.key = key
    }
}

/// A flush of a group that waits for its integrations.
struct Flush: Sendable {
    /// When to give up.
    var deadline: WallTime
    /// The alerts that were over at its beginning, with their versions: forgotten if it succeeds and they are the same.
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
    /// The delivery that is going on.
    var delivery: UInt64?
    var lastReason = "context deadline exceeded"
}
