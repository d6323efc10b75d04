package import KTSDBModel

/// Puts alerts into groups, and keeps the time of each group's next flush.
///
/// An alert is in one group for each route that it matches: the group with its values of the route's `group_by` labels.
/// A new group is flushed after `group_wait`, or at once if the alert has been firing for longer than that.
/// `Notifier+Flush` schedules the later flushes.
package struct Dispatcher: Sendable {
    /// The identity of a group: a route, and the values of the labels by which it groups.
    package struct GroupID: Hashable, Sendable {
        package var route: Int
        package var labels: Labels
    }

    /// What a timer is for.
    enum Purpose: Hashable, Sendable {
        /// The next flush of a group.
        case flush(GroupID)
        /// Giving up a flush that takes too long.
        case deadline(GroupID)
        /// Another attempt to notify an integration.
        case retry(GroupID, IntegrationID)
        /// Cancelling a delivery of an earlier configuration that takes too long.
        case drain(UInt64)
        /// Forgetting expired silences and log entries.
        case maintenance
        /// Forgetting resolved alerts.
        case alertCollection
    }

    /// The most groups, unless the settings say otherwise.
    package static let defaultGroupLimit = 200_000

    package let routes: RouteTree
    var groupLimit = defaultGroupLimit
    /// Groups are not flushed before this time.
    var startsAt: WallTime
    package internal(set) var groups: [GroupID: AlertGroup] = [:]
    var timers = TimerQueue<Purpose>()

    init(routes: RouteTree, startsAt: WallTime) {
        self.routes = routes
        self.startsAt = startsAt
    }

    /// Returns when the group is to be flushed next.
    package func nextFlush(of id: GroupID) -> WallTime? { timers.due(.flush(id)) ?? groups[id]?.overdue }

    /// Puts an alert into its groups. Returns false if a new group would exceed the limit.
    ///
    /// A new group waits for other alerts from `arrival` on, the time when its first alert was received.
    mutating func insert(_ stored: AlertStore.Stored, arrivedAt arrival: WallTime, at now: WallTime) -> Bool {
        var hasRoom = true
        for number in routes.matching(stored.alert.labels) {
            let route = routes.routes[number]
            let id = GroupID(route: number, labels: route.groupLabels(of: stored.alert.labels))
            let isNew = groups[id] == nil
            if isNew {
                guard groups.count < groupLimit else {
                    hasRoom = false
                    continue
                }
                groups[id] = AlertGroup(route: number, labels: id.labels, key: route.groupKey(id.labels))
            }
            if isNew || arrival < now { flush(id, route, stored.alert, arrivedAt: arrival, at: now) }
            groups[id]!.alerts[stored.alert.labels] = stored
        }
        return hasRoom
    }

    /// Schedules the first flush of a group, or an earlier one than scheduled, for an alert that was received at
    /// `arrival`.
    private mutating func flush(
        _ id: GroupID, _ route: Route, _ alert: ReceivedAlert, arrivedAt arrival: WallTime, at now: WallTime
    ) {
        // An alert that has been firing for a while has waited already.
        let isOld = alert.startsAt + route.groupWait < now
        let due = max(isOld ? now : arrival + route.groupWait, now, startsAt)
        if let set = timers.due(.flush(id)), set <= due { return }
        timers.set(.flush(id), at: due)
    }

    /// Forgets a group.
    mutating func remove(_ id: GroupID) {
        groups[id] = nil
        timers.cancel(.flush(id))
        timers.cancel(.deadline(id))
    }
}
