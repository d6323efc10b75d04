internal import KTSDBModel

extension Notifier {
    /// The alerts that are not over, by fingerprint.
    package mutating func listAlerts(_ filter: ListingFilter, at now: WallTime) -> [ListedAlert] {
        var result: [(fingerprint: UInt64, listed: ListedAlert)] = []
        for stored in alerts.sorted {
            let receivers = plan.routes.matching(stored.alert.labels).map { plan.routes.routes[$0].receiver }
            guard filter.accepts(receivers: receivers),
                let listed = listed(stored.alert, receivers, filter, at: now)
            else { continue }
            result.append((AlertFingerprint(stored.alert.labels).value, listed))
        }
        return result.sorted { $0.fingerprint < $1.fingerprint }.map(\.listed)
    }

    private mutating func listed(
        _ alert: ReceivedAlert, _ receivers: [String], _ filter: ListingFilter, mutedBy: [String] = [], at now: WallTime
    ) -> ListedAlert? {
        if let end = alert.endsAt, end < now { return nil }
        guard filter.matchers.matches(alert.labels) else { return nil }
        let status = status(of: alert.labels, at: now)
        guard filter.accepts(status) else { return nil }
        return ListedAlert(alert: alert, status: status, receivers: receivers, mutedBy: mutedBy)
    }

    /// The groups with their alerts that are not over, by labels and then by receiver; groups without any are left out.
    package mutating func listGroups(_ filter: ListingFilter, at now: WallTime) -> [ListedGroup] {
        var result: [ListedGroup] = []
        for (id, group) in dispatcher.groups where filter.muted || group.mutedBy.isEmpty {
            let route = plan.routes.routes[id.route]
            guard filter.accepts(receiver: route.receiver) else { continue }
            var alerts: [ListedAlert] = []
            for stored in group.alerts.values {
                let receivers = plan.routes.matching(stored.alert.labels).map { plan.routes.routes[$0].receiver }
                    .filter(filter.accepts(receiver:)).sorted()
                if let listed = listed(stored.alert, receivers, filter, mutedBy: group.mutedBy, at: now) {
                    alerts.append(listed)
                }
            }
            guard !alerts.isEmpty else { continue }
            alerts.sort { ReceivedAlert.precedes($0.alert, $1.alert) }
            result.append(
                ListedGroup(
                    labels: group.labels, receiver: route.receiver, routeLabels: route.labels,
                    nextFlush: dispatcher.nextFlush(of: id), alerts: alerts))
        }
        return result.sorted { $0.labels == $1.labels ? $0.receiver < $1.receiver : $0.labels < $1.labels }
    }
}
