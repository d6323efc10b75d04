package import KTSDBScrape
package import Logging
internal import Synchronization

/// Sends the alerts of rules to the Alertmanagers of the configuration.
///
/// Each has a queue and a task of its own, so that none waits for another. Alerts are taken as long as every healthy
/// one has room for them; one that fails or is slow loses its oldest alerts instead, as in Prometheus.
package final class AlertmanagerSender: AlertReceiver {
    struct State {
        var sets: [PeerSet] = []
        /// Whether a peer is this server itself, which takes alerts without a detour.
        var isSelf: @Sendable (_ host: String, _ port: Int) -> Bool = { _, _ in false }
        /// The addresses of this server that are in the log.
        var loggedSelves: Set<String> = []
        /// Peers that are not in the configuration any more, until their queues are empty.
        var ending: [Int: Task<Void, Never>] = [:]
        var endingCount = 0
        var polling = SourcePolling()
        var isConfigured = false
        var isStopped = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let options: SendingOptions
    let logger: Logger
    let state = Mutex(State())
    private let sources: SourceSurroundings
    private let turns = Turns(WorkerExecutor())
    /// Alerts are offered by many threads; one after the other finds out how much room there is and takes it.
    private let offering = Mutex(())

    /// Creates a sender that does not know any Alertmanagers, and takes no alerts until it does. Its target sources are
    /// counted with `sources`, which nobody else may use.
    package init(_ options: SendingOptions, logger: Logger, sources: SourceSurroundings? = nil) {
        self.options = options
        self.logger = logger
        self.sources = sources ?? SourceSurroundings(user: .notify, userAgent: options.userAgent)
    }

    // MARK: Taking alerts

    /// How many alerts it would take now; none before the first configuration and after ``stop()``.
    package var room: Int {
        let sets = state.withLock { $0.isConfigured && !$0.isStopped ? $0.sets : nil }
        guard let sets else { return 0 }
        return sets.lazy.flatMap(\.peers).map(\.room).min() ?? .max
    }

    package func offer(_ alerts: [OutgoingAlert]) -> Int {
        offering.withLock { _ in
            let count = min(room, alerts.count)
            guard count > 0 else { return 0 }
            let taken = count == alerts.count ? alerts : Array(alerts.prefix(count))
            for set in state.withLock({ $0.sets }) { set.add(taken) }
            return count
        }
    }

    // MARK: Configuration

    /// Sends to the Alertmanagers of `configuration` from now on.
    ///
    /// Those that stay keep their queues; those that are gone get what waits for them. A peer for which `isSelf` is
    /// true is left out. Returns when all that are known by now are found. Does nothing after ``stop()``.
    package func apply(
        _ configuration: Configuration, isSelf: @escaping @Sendable (_ host: String, _ port: Int) -> Bool
    ) async {
        await turns.take { [self] in
            let old = state.withLock { state -> [PeerSet]? in
                guard !state.isStopped else { return nil }
                state.isSelf = isSelf
                return state.sets
            }
            guard let old else { return }
            await replace(old, configuration.alerting)
            poll()
        }
    }

    private func replace(_ old: [PeerSet], _ alerting: AlertingSettings) async {
        var left = old, sets: [PeerSet] = []
        for (place, settings) in alerting.alertmanagers.enumerated() {
            if let index = left.firstIndex(where: { $0.settings == settings }) {
                sets.append(left.remove(at: index))
            } else {
                let surroundings = sources.of("config-\(place)")
                sets.append(PeerSet(settings, known: old.flatMap(\.sources), in: surroundings))
            }
        }
        for set in left { sources.figures.forget(config: set.config, of: .notify) }
        var orphans = left.flatMap(\.peers)
        for index in sets.indices {
            await refresh(&sets[index])
            sync(&sets[index], adopting: &orphans)
        }
        state.withLock { [sets] state in
            state.sets = sets
            state.isConfigured = true
        }
        end(orphans)
    }

    /// Asks all target sources, and adopts what they found.
    package func refreshSources() async {
        await turns.take { [self] in
            var sets = state.withLock { $0.isStopped ? [] : $0.sets }, orphans: [Peer] = []
            for index in sets.indices where await refresh(&sets[index]) { sync(&sets[index], adopting: &orphans) }
            guard !sets.isEmpty else { return }
            state.withLock { [sets] in $0.sets = sets }
            end(orphans)
        }
    }

    @discardableResult
    private func refresh(_ set: inout PeerSet) async -> Bool {
        let update = await set.refresh()
        for failure in update.failures {
            logger.error("Alertmanagers could not be read; the last good ones stay: \(failure)")
        }
        return update.changed
    }

    /// Makes the peers of a set those that its sources found. `orphans` are peers that no set has any more: it takes
    /// from them, and adds to them.
    private func sync(_ set: inout PeerSet, adopting orphans: inout [Peer]) {
        let isSelf: @Sendable (String, Int) -> Bool = state.withLock { $0.isSelf }
        set.find(isSelf: isSelf)
        for problem in set.found.problems { logger.error("an Alertmanager is not usable: \(problem)") }
        logSelves(set.found.own)
        orphans = set.peers + orphans
        set.peers = set.found.peers.map { address in
            if let index = orphans.firstIndex(where: { $0.address == address }) {
                let peer = orphans.remove(at: index)
                peer.use(set.way)
                return peer
            }
            return Peer(address, set.way, options, logger)
        }
    }

    private func logSelves(_ own: [String]) {
        for url in own where state.withLock({ $0.loggedSelves.insert(url).inserted }) {
            logger.info(
                "an Alertmanager of the configuration is this server, which takes alerts directly",
                metadata: ["alertmanager": "\(url)"])
        }
    }

    /// Looks for Alertmanagers every few seconds, and when a source has found something.
    private func poll() {
        state.withLock { state in
            guard !state.isStopped else { return }
            let canChange = state.sets.contains { $0.sources.contains { !$0.source.isFixed } }
            state.polling.run(sources.signal, every: options.sourcePollInterval, canChange: canChange) {
                [weak self] in await self?.refreshSources()
            }
        }
    }

    // MARK: Ending

    /// Ends peers in the background; ``stop()`` waits for them.
    private func end(_ peers: [Peer]) {
        for peer in peers {
            state.withLock { state in
                state.endingCount += 1
                let number = state.endingCount
                state.ending[number] = Task { [self, options] in
                    await peer.end(drains: options.drainsOnShutdown)
                    self.state.withLock { $0.ending[number] = nil }
                }
            }
        }
    }

    /// Returns when the sender has been stopped; stops it when the task is cancelled, and waits for that.
    package func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isStopped = state.withLock { state in
                    if !state.isStopped { state.waiters.append(continuation) }
                    return state.isStopped
                }
                if isStopped { continuation.resume() }
            }
        } onCancel: {
            Task { await stop() }
        }
    }

    /// Takes no more alerts, and returns when those that wait have been sent, which takes no longer than the options
    /// allow.
    package func stop() async {
        await turns.take { [self] in
            // No offer is under way then: what was taken is in the queues.
            let (peers, clients, polling) = offering.withLock { _ in
                state.withLock { state in
                    state.isStopped = true
                    return (state.sets.flatMap(\.peers), state.sets.map(\.client), state.polling)
                }
            }
            polling.stop()
            end(peers)
            for task in state.withLock({ Array($0.ending.values) }) { await task.value }
            for client in clients { await client.close() }
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }
}
