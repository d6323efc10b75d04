import KTSDBModel
import KTSDBTesting

@testable import KTSDBAlerting
@testable import KTSDBNotify

/// What tests of delivery share: notifications, and integrations from the text of a configuration.
enum DeliveryRig {
    static let now = WallTime(seconds: 1_800_000_000)

    /// A configuration with one receiver, whose integrations are given in YAML.
    static func configuration(
        _ integrations: String, global: String = "{}", file: String = "/alertmanager.yml"
    ) throws -> LoadedNotifierConfiguration {
        try LoadedNotifierConfiguration.parse(
            "global: \(global)\nroute: {receiver: r}\nreceivers: [{name: r, \(integrations)}]", file: file)
    }

    static func delivery(of integration: IntegrationConfiguration, summary: String = "It burns.") -> Delivery {
        let alert = ReceivedAlert(
            labels: ["alertname": "A", "severity": "critical"], annotations: ["summary": summary], startsAt: now,
            updatedAt: now)
        let notification = Notification(
            integration: integration.id(of: "r"), reason: .firstNotification, groupKey: "{}:{}",
            groupLabels: Labels(), routeLabels: KeyValues(), alerts: [alert], tick: now, data: [:], firing: [1],
            resolved: [], repeatInterval: .seconds(3600))
        return Delivery(id: 1, notification: notification, earlierAttempts: 0, deadline: now + .seconds(300))
    }

    /// Makes one attempt to notify the first integration of a configuration.
    static func send(
        _ integrations: String, global: String = "{}", file: String = "/alertmanager.yml",
        sender: ReceiverSender = ReceiverSender(), within time: Duration = .seconds(30)
    ) async throws -> AttemptOutcome {
        try await send(try configuration(integrations, global: global, file: file), sender: sender, within: time)
    }

    static func send(
        _ loaded: LoadedNotifierConfiguration, sender: ReceiverSender, within time: Duration = .seconds(30)
    ) async throws -> AttemptOutcome {
        let integration = loaded.receivers[0].integrations[0]
        let outcome = await sender.send(
            delivery(of: integration), integration,
            loaded.payloadContext(externalURL: "http://am", hostName: "host"), at: now, within: time)
        await sender.close()
        return outcome
    }
}

extension AttemptOutcome {
    var isSuccess: Bool { if case .success = result { true } else { false } }
    var error: String { if case .failure(let reason, _, _) = result { reason } else { "" } }
    var isRetryable: Bool { if case .failure(_, let isRetryable, _) = result { isRetryable } else { false } }
    var retryAfter: Duration? { if case .failure(_, _, let wait) = result { wait } else { nil } }
}
