internal import Synchronization

extension AlertmanagerSender {
    /// The addresses at which Alertmanagers get alerts, in the order of the configuration.
    package var active: [String] { state.withLock { $0.sets }.flatMap(\.peers).map(\.address.url) }

    /// Whether there are Alertmanagers, and none of them takes alerts.
    package var isCutOff: Bool {
        let peers = state.withLock { $0.sets }.flatMap(\.peers)
        return !peers.isEmpty && peers.allSatisfy(\.isFailing)
    }

    /// The addresses that were found and get none: relabelling drops them, or they are this server.
    package var dropped: [String] { state.withLock { $0.sets }.flatMap { $0.found.dropped + $0.found.own } }
}
