internal import KTSDBModel
internal import KTSDBNotify

/// A receiver that no route names.
enum UnusedReceiver {
    static let lint = Lint(
        "unused-receiver", .alertmanager, "No route names a receiver."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        let used = Set(notifier.routes.routes.map(\.receiver))
        return notifier.configuration.receivers.enumerated().compactMap { index, receiver in
            guard !used.contains(receiver.name) else { return nil }
            let line = index < notifier.receiverLines.count ? notifier.receiverLines[index][""] : nil
            return notifier.finding(
                line, "receiver \(goQuoted(receiver.name))", why: "no route names it, so it gets nothing",
                fix: "add a route to it, or remove it")
        }
    }
}
