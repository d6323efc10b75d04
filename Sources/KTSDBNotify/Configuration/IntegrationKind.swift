/// The kinds of integrations, in the order in which Alertmanager builds them for a receiver.
package enum IntegrationKind: String, Hashable, Sendable, CaseIterable {
    case webhook, email, pagerduty, opsgenie, wechat, slack, victorops, pushover, sns, telegram, discord, webex,
        msteams,
        msteamsv2, jira, incidentio, rocketchat, mattermost

    /// The key of a receiver under which the configurations are: `slack_configs`.
    package var key: String { rawValue + "_configs" }
}
