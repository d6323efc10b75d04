package import KTSDBModel

extension Notifier {
    /// How many routes that do not handle the alert are explained.
    private static let rejectionLimit = 100

    /// Explains what becomes of the alert with these labels, if nothing changes from `now` on. Nothing is changed.
    package func explain(_ labels: Labels, at now: WallTime) -> NotificationExplanation {
        var scratch = self
        return scratch.explanation(of: labels, at: now)
    }

    private mutating func explanation(of labels: Labels, at now: WallTime) -> NotificationExplanation {
        var result = NotificationExplanation(labels: labels, time: now)
        result.alert = alerts[labels]?.alert
        let status = status(of: labels, at: now)
        result.silences = status.silencedBy.compactMap { silences[id: $0] }.map {
            NotificationExplanation.Silencing(
                id: $0.id, createdBy: $0.createdBy, comment: $0.comment, endsAt: $0.endsAt)
        }
        if let rule = status.inhibitionRule, let source = status.inhibitedBy {
            let name = plan.inhibitionRules[rule].name
            result.inhibition = NotificationExplanation.Inhibiting(
                source: source, rule: name.isEmpty ? "\(rule)" : name)
        }
        for number in plan.routes.matching(labels) {
            result.routes.append(explanation(of: labels, number, isInhibited: status.inhibitedBy != nil, at: now))
        }
        result.rejections = rejections(of: labels)
        return result
    }

    private func rejections(of labels: Labels) -> [NotificationExplanation.Rejection] {
        var found: [NotificationExplanation.Rejection] = []
        // Below a route that does not match, none is tried.
        var waiting = [0]
        while let number = waiting.popLast(), found.count < Self.rejectionLimit {
            let route = plan.routes.routes[number]
            if let matcher = route.matchers.list.first(where: { !$0.matches(labels[$0.name] ?? "") }) {
                found.append(
                    NotificationExplanation.Rejection(
                        route: route.key, receiver: route.receiver, matcher: matcher.description,
                        value: labels[matcher.name] ?? ""))
            } else {
                waiting += route.children.reversed()
            }
        }
        return found
    }

    private mutating func explanation(
        of labels: Labels, _ number: Int, isInhibited: Bool, at now: WallTime
    ) -> RouteExplanation {
        let route = plan.routes.routes[number],
            id = Dispatcher.GroupID(route: number, labels: route.groupLabels(of: labels))
        let group = dispatcher.groups[id]
        var result = RouteExplanation(
            route: route.key, receiver: route.receiver, groupKey: route.groupKey(id.labels), groupLabels: id.labels,
            groupWait: route.groupWait, groupInterval: route.groupInterval, repeatInterval: route.repeatInterval,
            alertCount: group?.alerts.count ?? 0,
            nextFlush: max(dispatcher.nextFlush(of: id) ?? max(now + route.groupWait, dispatcher.startsAt), now))
        let search = MuteSearch(route, plan.timeIntervals)
        (result.mutedBy, result.isOutsideActive) = search.muting(at: now)
        if !result.mutedBy.isEmpty { result.mutedUntil = search.end(after: now) }
        let forecast = FlushForecast(
            labels: labels, route: route, groupKey: result.groupKey, group: group, firstFlush: result.nextFlush,
            isInhibited: isInhibited, mutes: search, maintenance: dispatcher.timers.due(.maintenance) ?? now,
            maintenanceInterval: settings.maintenanceInterval)
        for integration in plan.receivers[route.receiver] ?? [] {
            var explanation = forecast.explain(integration, &self, at: now)
            if let attempt = group?.flush?.attempts[integration.id] {
                explanation.attempts = attempt.count
                explanation.lastFailure = attempt.count > 1 || attempt.delivery == nil ? attempt.lastReason : nil
            }
            result.integrations.append(explanation)
        }
        return result
    }
}
