internal import KTSDBModel

extension NotificationExplanation: CustomStringConvertible {
    /// The explanation for a terminal.
    package var description: String {
        (header + routes.flatMap(\.lines) + rejectionLines).joined(separator: "\n") + "\n"
    }

    private var header: [String] {
        var lines = ["\(labels)"]
        if let alert {
            let since = TimeText.text(alert.startsAt)
            lines.append(isResolved ? "  is over, and fired since \(since)" : "  fires since \(since)")
        } else {
            lines.append("  was never received here; this is what would become of it if it fired now")
        }
        for silence in silences {
            lines.append(
                "  silenced by \(silence.id) until \(TimeText.text(silence.endsAt))"
                    + (silence.createdBy.isEmpty ? "" : ", created by \(silence.createdBy)")
                    + (silence.comment.isEmpty ? "" : ": \(silence.comment)"))
        }
        if let inhibition { lines.append("  inhibited by \(inhibition.source), rule \(inhibition.rule)") }
        if routes.isEmpty { lines.append("  no route matches") }
        return lines
    }

    private var rejectionLines: [String] {
        rejections.map { rejection in
            "  not \(rejection.route) → \(rejection.receiver): \(rejection.matcher) does not match "
                + goQuoted(rejection.value)
        }
    }
}

extension RouteExplanation {
    /// The explanation for a terminal.
    fileprivate var lines: [String] {
        var lines = ["  route \(route) → \(receiver)"]
        let count = alertCount == 1 ? "1 alert" : "\(alertCount) alerts"
        lines.append("    group \(groupLabels) with \(count), flushed next at \(TimeText.text(nextFlush))")
        if !mutedBy.isEmpty {
            let how = isOutsideActive ? "outside of the active time intervals" : "muted by the time intervals"
            let end = mutedUntil.map { "until \(TimeText.text($0))" } ?? "for more than 31 days"
            lines.append("    \(how) \(mutedBy.joined(separator: ", ")), \(end)")
        }
        return lines + integrations.flatMap(\.lines)
    }
}

extension IntegrationExplanation {
    /// The explanation for a terminal.
    fileprivate var lines: [String] {
        var lines: [String] = []
        if let attempts {
            lines.append(
                "    \(id): being sent, attempt \(attempts)"
                    + (lastFailure.map { ", the last one failed: \($0)" } ?? ""))
        }
        if let lastNotified {
            let what = wasIncluded ? "with this alert" : "without this alert"
            lines.append("    \(id): last notified at \(TimeText.text(lastNotified)), \(what)")
        }
        let next = next.map { "next notification at \(TimeText.text($0))" } ?? "no notification"
        return lines + ["    \(id): \(next), because \(because)"]
    }
}
