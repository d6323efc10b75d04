package import KTSDBNotify

/// An Alertmanager configuration that is ready for use: checked, with its templates read from their files.
package struct LoadedNotifierConfiguration: Sendable {
    /// The path of the file.
    package var file: String
    /// Who is notified when.
    package var plan: NotificationPlan
    /// The receivers with their integrations, complete with the global values.
    package var receivers: [Receiver]
    /// Alertmanager's own templates and those of the configured files.
    package var templates: NotificationTemplates
    /// The configuration as it may be shown: without secrets.
    package var shownText: String
    /// A number that changes with the file, for the metric `alertmanager_config_hash`.
    package var hash: UInt64
    /// What the operator should know although the file is valid.
    package var warnings: [String] = []

    /// How long an alert without an end is believed.
    package var resolveTimeout: Duration { plan.resolveTimeout }

    /// The integrations by their names, for whoever delivers.
    package let integrations: [IntegrationID: IntegrationConfiguration]

    package init(
        file: String, plan: NotificationPlan, receivers: [Receiver], templates: NotificationTemplates,
        shownText: String = "", hash: UInt64 = 0
    ) {
        self.file = file
        self.plan = plan
        self.receivers = receivers
        self.templates = templates
        self.shownText = shownText
        self.hash = hash
        var integrations: [IntegrationID: IntegrationConfiguration] = [:]
        for receiver in receivers {
            for integration in receiver.integrations {
                integrations[integration.id(of: receiver.name)] = integration
            }
        }
        self.integrations = integrations
    }
}

extension IntegrationConfiguration {
    /// The integration's name.
    package func id(of receiver: String) -> IntegrationID {
        IntegrationID(receiver: receiver, kind: kind.rawValue, index: index)
    }
}
