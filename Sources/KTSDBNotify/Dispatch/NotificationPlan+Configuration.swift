extension NotificationPlan {
    /// Creates the plan of a complete configuration.
    /// - Throws: ``NotifierConfigurationError`` if there is no route, or a pattern of the old forms is invalid.
    package init(_ configuration: NotifierConfiguration) throws(NotifierConfigurationError) {
        guard let route = configuration.route else { throw NotifierConfigurationError("no route provided in config") }
        var rules: [InhibitionRule] = []
        let routes: RouteTree
        do throws(MatcherError) {
            routes = try RouteTree(route)
            for rule in configuration.inhibitionRules { rules.append(try InhibitionRule(rule)) }
        } catch {
            throw NotifierConfigurationError(error.description)
        }
        var receivers: [String: [Integration]] = [:]
        for receiver in configuration.receivers {
            receivers[receiver.name] = receiver.integrations.map { integration in
                let id = IntegrationID(
                    receiver: receiver.name, kind: integration.kind.rawValue, index: integration.index)
                return Integration(id: id, sendsResolved: integration.sendsResolved)
            }
        }
        var intervals: [String: [TimeInterval]] = [:]
        for entry in configuration.muteTimeIntervals + configuration.timeIntervals {
            intervals[entry.name] = entry.intervals
        }
        self.init(
            routes: routes, receivers: receivers, inhibitionRules: rules, timeIntervals: TimeIntervals(intervals),
            resolveTimeout: configuration.global.duration("resolve_timeout"))
    }
}
