package import KTSDBModel

/// Whether an alert is notified about, and if not, why.
package struct AlertStatus: Hashable, Sendable {
    /// The ids of the silences that silence the alert.
    package var silencedBy: [String] = []
    /// The labels of the alert that inhibits it; nil if none does.
    package var inhibitedBy: Labels?
    /// The index of the rule by which that alert inhibits it.
    package var inhibitionRule: Int?

    package var isSuppressed: Bool { !silencedBy.isEmpty || inhibitedBy != nil }
}

extension Notifier {
    /// Returns what silences or inhibits alerts with these labels at `now`.
    package mutating func status(of labels: Labels, at now: WallTime) -> AlertStatus {
        var status = AlertStatus(silencedBy: silences.active(for: labels, at: now))
        if let (rule, source) = inhibitor.inhibition(of: labels, at: now) {
            (status.inhibitionRule, status.inhibitedBy) = (rule, source)
        }
        return status
    }
}
