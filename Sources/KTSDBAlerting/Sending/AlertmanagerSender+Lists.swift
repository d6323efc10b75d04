internal import Synchronization

extension AlertmanagerSender {
    /// The addresses at which Alertmanagers get alerts, in the order of the configuration.
    package var active: [String] { state.withLock { $0.sets }.flatMap(\.peers).map(\.address.url) }

    /// The addresses that were found and get none: relabelling drops them, or they are this server.
    package var dropped: [String] { state.withLock { $0.sets }.flatMap { $0.found.dropped + $0.found.own } }
}
