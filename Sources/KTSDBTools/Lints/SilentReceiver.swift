internal import KTSDBModel
internal import KTSDBNotify

/// A receiver without integrations swallows alerts.
enum SilentReceiver {
    private static let meant = ["null", "blackhole", "devnull", "none", "drop", "ignore", "void"]

    static let lint = Lint(
        "silent-receiver", .alertmanager, "A receiver that routes use has no integrations: its alerts are swallowed."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        let used = Set(notifier.routes.routes.map(\.receiver))
        return notifier.configuration.receivers.enumerated().compactMap { index, receiver in
            let name = receiver.name.lowercased()
            guard used.contains(receiver.name), receiver.integrations.isEmpty, !meant.contains(where: name.contains)
            else { return nil }
            let line = index < notifier.receiverLines.count ? notifier.receiverLines[index][""] : nil
            return notifier.finding(
                line, "receiver \(goQuoted(receiver.name))", why: "it has no integrations, so its alerts reach nobody",
                fix: "add one, such as slack_configs, or call it null if that is meant")
        }
    }
}
