internal import KTSDBModel

/// What Alertmanager's configuration file says.
package struct NotifierConfiguration: Hashable, Sendable {
    /// Time intervals by name.
    package struct NamedIntervals: Hashable, Sendable {
        package var name: String
        package var intervals: [TimeInterval]

        package init(name: String, intervals: [TimeInterval]) {
            self.name = name
            self.intervals = intervals
        }
    }

    package var global: FieldValues
    package var route: RouteConfiguration?
    package var inhibitionRules: [InhibitionRuleConfiguration] = []
    package var receivers: [Receiver] = []
    /// Patterns of the names of files with templates.
    package var templates: [String] = []
    /// The old form of ``timeIntervals``.
    package var muteTimeIntervals: [NamedIntervals] = []
    package var timeIntervals: [NamedIntervals] = []

    package init() { global = ConfigurationSchema.global.defaults }

    func checkGlobal() throws(NotifierConfigurationError) {
        try global.refuseBoth("slack_app_token", "slack_app_token_file")
        try global.refuseBoth("slack_api_url", "slack_api_url_file")
        let hasToken = global.has("slack_app_token") || global.has("slack_app_token_file")
        let hasURL = global.has("slack_api_url") || global.has("slack_api_url_file")
        try refuse(
            hasToken && hasURL && global.text("slack_api_url") != global.text("slack_app_url"),
            "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured")
        for name in [
            "opsgenie_api_key", "victorops_api_key", "telegram_bot_token", "smtp_auth_password", "rocketchat_token",
            "rocketchat_token_id", "smtp_auth_secret", "wechat_api_secret", "mattermost_webhook_url",
        ] { try global.refuseBoth(name, name + "_file") }
    }

    func checkRoute(_ receivers: Set<String>) throws(NotifierConfigurationError) {
        guard let route else { throw NotifierConfigurationError("no routes provided") }
        try refuse(route.receiver.isEmpty, "root route must specify a default receiver", line: route.line)
        try refuse(
            !route.match.isEmpty || !route.matchRE.isEmpty || !route.matchers.isEmpty,
            "root route must not have any matchers", line: route.line)
        for (field, names) in [
            ("mute_time_intervals", route.muteTimeIntervals), ("active_time_intervals", route.activeTimeIntervals),
        ] {
            try refuse(
                !names.isEmpty, "root route must not have any \(field.replacing("_", with: " "))",
                line: route.line(of: field))
        }
        try Self.checkReceivers(route, receivers)
    }

    private static func checkReceivers(
        _ route: RouteConfiguration, _ names: Set<String>
    ) throws(NotifierConfigurationError) {
        for child in route.routes { try checkReceivers(child, names) }
        try refuse(
            !route.receiver.isEmpty && !names.contains(route.receiver),
            "undefined receiver \(goQuoted(route.receiver)) used in route", line: route.line(of: "receiver"))
    }

    func checkIntervals() throws(NotifierConfigurationError) {
        var names: Set<String> = []
        for (list, kind) in [(muteTimeIntervals, "mute time interval"), (timeIntervals, "time interval")] {
            for entry in list {
                try refuse(
                    !names.insert(entry.name).inserted, "\(kind) \(goQuoted(entry.name)) is not unique")
            }
        }
        if let route { try Self.checkIntervals(route, names) }
    }

    private static func checkIntervals(
        _ route: RouteConfiguration, _ names: Set<String>
    ) throws(NotifierConfigurationError) {
        for child in route.routes { try checkIntervals(child, names) }
        for (field, used) in [
            ("active_time_intervals", route.activeTimeIntervals), ("mute_time_intervals", route.muteTimeIntervals),
        ] {
            for name in used {
                try refuse(
                    !names.contains(name), "undefined time interval \(goQuoted(name)) used in route",
                    line: route.line(of: field))
            }
        }
    }
}
