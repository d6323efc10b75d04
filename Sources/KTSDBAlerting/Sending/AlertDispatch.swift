package import KTSDBModel
package import KTSDBRules
package import KTSDBScrape
internal import Synchronization

/// Prepares the alerts of rules and offers them to all who notify.
///
/// An alert counts as sent when all have taken it, so each must take what it can: one whose peer does not answer drops
/// alerts rather than hold up the others.
package final class AlertDispatch: AlertSink {
    /// How alerts are prepared.
    package struct Preparation: Sendable {
        /// Labels that an alert gets if it has none of that name.
        package var externalLabels: Labels
        /// `alert_relabel_configs`: an alert that they drop is not sent.
        package var relabelling: [RelabelRule]
        /// Where users find the server, without a slash at its end.
        package var externalURL: String

        package init(externalLabels: Labels = Labels(), relabelling: [RelabelRule] = [], externalURL: String = "") {
            self.externalLabels = externalLabels
            self.relabelling = relabelling
            self.externalURL = externalURL
        }

        /// Returns the alert as it is sent; nil if a rule drops it, or makes a label longer than labels can be.
        func prepare(_ alert: DueAlert) -> OutgoingAlert? {
            labels(of: alert.labels).map { OutgoingAlert(alert, labels: $0, externalURL: externalURL) }
        }

        /// Returns the labels with which an alert is sent; nil if a rule drops it, or makes one longer than labels can
        /// be.
        func labels(of labels: Labels) -> Labels? {
            if externalLabels.isEmpty, relabelling.isEmpty { return labels }
            var builder = LabelsBuilder(labels)
            for label in externalLabels where (labels[label.name] ?? "").isEmpty {
                builder.set(label.name, label.value)
            }
            return builder.relabel(relabelling) ? try? builder.build() : nil
        }
    }

    private struct State {
        var preparation: Preparation
        var receivers: [any AlertReceiver]
    }

    private let state: Mutex<State>

    package init(_ preparation: Preparation = .init(), to receivers: [any AlertReceiver] = []) {
        state = Mutex(State(preparation: preparation, receivers: receivers))
    }

    /// Prepares alerts in this way from now on, and offers them to these.
    package func set(_ preparation: Preparation, to receivers: [any AlertReceiver]) {
        state.withLock { $0 = State(preparation: preparation, receivers: receivers) }
    }

    /// Returns the labels with which an alert of a rule is sent; nil if it is not.
    package func labels(of labels: Labels) -> Labels? { state.withLock { $0.preparation }.labels(of: labels) }

    /// How many alerts everyone would take now.
    package var room: Int { Self.room(of: state.withLock { $0.receivers }) }

    private static func room(of receivers: [any AlertReceiver]) -> Int { receivers.map(\.room).min() ?? .max }

    package func offer(_ alerts: [DueAlert]) -> Int {
        // A reload in between changes the next offer. Receivers that it removes may still take this one.
        let state = state.withLock { $0 }
        let room = Self.room(of: state.receivers)
        var prepared: [OutgoingAlert] = [], places: [Int] = [], end = alerts.count
        for (place, alert) in alerts.enumerated() {
            // One that a rule drops needs no room.
            guard let alert = state.preparation.prepare(alert) else { continue }
            guard prepared.count < room else {
                end = place
                break
            }
            prepared.append(alert)
            places.append(place)
        }
        guard !prepared.isEmpty else { return end }
        let taken = max(0, state.receivers.map { $0.offer(prepared) }.min() ?? prepared.count)
        return taken < prepared.count ? places[taken] : end
    }
}
