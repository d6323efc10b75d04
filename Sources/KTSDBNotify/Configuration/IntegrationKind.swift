/// The kinds of integrations, in the order in which Alertmanager builds them for a receiver.
package enum IntegrationKind: String, Hashable, Sendable, CaseIterable {
    case webhook, email, pagerduty, opsgenie, wechat, slack, victorops, pushover, sns, telegram, discord, webex,
        msteams,
        msteamsv2, jira, incidentio, rocketchat, mattermost

    /// The key of a receiver under which the configurations are: `slack_configs`.
    package var key: String { rawValue + "_configs" }

    /// Whether this program brings notifications to receivers of the kind; the others are only checked.
    package var isDelivered: Bool { ![.sns, .jira, .wechat].contains(self) }

    /// The fields of a configuration.
    package var schema: ConfigurationSchema {
        switch self {
        case .webhook: .webhook
        case .email: .email
        case .pagerduty: .pagerduty
        case .opsgenie: .opsgenie
        case .wechat: .wechat
        case .slack: .slack
        case .victorops: .victorops
        case .pushover: .pushover
        case .sns: .sns
        case .telegram: .telegram
        case .discord: .discord
        case .webex: .webex
        case .msteams: .msteams
        case .msteamsv2: .msteamsv2
        case .jira: .jira
        case .incidentio: .incidentio
        case .rocketchat: .rocketchat
        case .mattermost: .mattermost
        }
    }
}
