/// The parts of a configuration that decide which receivers are notified, and when.
package struct NotificationPlan: Sendable {
    package var routes: RouteTree
    /// The integrations of each receiver.
    package var receivers: [String: [Integration]]
    package var inhibitionRules: [InhibitionRule]
    package var timeIntervals: TimeIntervals
    /// How long after its last update an alert without an end time counts as firing.
    package var resolveTimeout: Duration

    package init(
        routes: RouteTree, receivers: [String: [Integration]], inhibitionRules: [InhibitionRule] = [],
        timeIntervals: TimeIntervals = TimeIntervals(), resolveTimeout: Duration = .seconds(300)
    ) {
        self.routes = routes
        self.receivers = receivers
        self.inhibitionRules = inhibitionRules
        self.timeIntervals = timeIntervals
        self.resolveTimeout = resolveTimeout
    }
}
