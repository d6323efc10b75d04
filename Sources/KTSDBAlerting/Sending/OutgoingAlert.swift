package import KTSDBModel
package import KTSDBRules
package import KTSDBScrape

/// An alert on its way to those who notify: with external labels, relabelled, with the address of its graph.
package struct OutgoingAlert: Hashable, Sendable {
    /// The alert's identity.
    package var labels: Labels
    /// What the alert says besides its labels.
    package var annotations: NamedTexts
    /// When it began to fire.
    package var startsAt: PreciseTime
    /// When it was over; while it fires, when it is taken to be over if it is not sent again until then.
    package var endsAt: PreciseTime
    /// Whether it is over.
    package var isResolved: Bool
    /// Where users see the alert's expression.
    package var generatorURL: String
    /// The value of the expression when it gave the alert last.
    package var value: Double
    /// The value of the expression when the alert began to fire.
    package var firedValue: Double?
    /// What the expression compares, when the alert was over.
    package var resolvedValue: Double?

    /// Creates an alert with other labels than the rule gave it.
    package init(_ alert: DueAlert, labels: Labels, externalURL: String) {
        self.labels = labels
        annotations = alert.annotations
        startsAt = alert.startsAt
        endsAt = alert.endsAt
        isResolved = alert.isResolved
        generatorURL = alert.generatorURL(externalURL: externalURL)
        value = alert.value
        firedValue = alert.firedValue
        resolvedValue = alert.resolvedValue
    }

    /// Returns the alert with the labels that `rules` make of its own; nil if they drop it, or make a label longer than
    /// labels can be.
    package func relabelled(_ rules: [RelabelRule]) -> OutgoingAlert? {
        var builder = LabelsBuilder(labels)
        guard builder.relabel(rules), let changed = try? builder.build() else { return nil }
        var alert = self
        alert.labels = changed
        return alert
    }
}

/// Who takes alerts of rules: the Alertmanagers of the configuration, or the notifier in this process.
package protocol AlertReceiver: Sendable {
    /// Takes alerts over, those at the beginning first. Must not block.
    /// - Returns: How many it has taken; the others are offered again.
    func offer(_ alerts: [OutgoingAlert]) -> Int

    /// How many it would take now; by default any number. More are not even prepared.
    var room: Int { get }
}

extension AlertReceiver {
    /// Any number.
    package var room: Int { .max }
}
