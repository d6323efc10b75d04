extension IntegrationKind {
    /// The type that defines the kind.
    var definition: any IntegrationDefinition.Type {
        switch self {
        case .webhook: WebhookReceiver.self
        case .email: EmailReceiver.self
        case .pagerduty: PagerDutyReceiver.self
        case .opsgenie: OpsgenieReceiver.self
        case .wechat: WeChatReceiver.self
        case .slack: SlackReceiver.self
        case .victorops: VictorOpsReceiver.self
        case .pushover: PushoverReceiver.self
        case .sns: SNSReceiver.self
        case .telegram: TelegramReceiver.self
        case .discord: DiscordReceiver.self
        case .webex: WebexReceiver.self
        case .msteams: TeamsReceiver.self
        case .msteamsv2: TeamsWorkflowReceiver.self
        case .jira: JiraReceiver.self
        case .incidentio: IncidentIOReceiver.self
        case .rocketchat: RocketChatReceiver.self
        case .mattermost: MattermostReceiver.self
        }
    }

    /// The fields of a configuration.
    package var schema: ConfigurationSchema { definition.schema }

    /// Whether this program delivers to receivers of the kind; the configurations of other kinds are only checked.
    package var isDelivered: Bool { definition.isDelivered }
}
