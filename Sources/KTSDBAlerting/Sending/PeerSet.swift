internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBScrape

/// The Alertmanagers of one entry of `alertmanagers`: what finds them, and those that were found.
struct PeerSet: Sendable {
    /// A target source, and the settings from which it was made.
    struct Source: Sendable {
        let entry: TargetSourceEntry
        var source: any TargetSource
    }

    /// What the targets of all sources come to.
    struct Found {
        /// The Alertmanagers, each address once.
        var peers: [PeerAddress] = []
        /// The addresses that are not sent to: relabelling drops them, or they are this server.
        var dropped: [String] = [], own: [String] = []
        /// Why some targets cannot be used.
        var problems: [String] = []
    }

    let settings: AlertmanagerSettings
    let client: SettingsClient
    private let surroundings: SourceSurroundings
    private(set) var sources: [Source]
    var peers: [Peer] = []
    var found = Found()

    /// Creates a set whose sources have not been asked yet. Those in `known` with the same settings continue, because
    /// what they have read may be unreadable just now.
    init(_ settings: AlertmanagerSettings, known: [Source], in surroundings: SourceSurroundings) {
        self.settings = settings
        client = SettingsClient(settings.client)
        self.surroundings = surroundings
        sources = settings.sources.map { entry in
            known.first { $0.entry == entry }
                ?? Source(entry: entry, source: entry.makeSource(in: surroundings))
        }
    }

    /// What metrics call the entry.
    var config: String { surroundings.config }

    /// How its peers are reached.
    var way: Peer.Way { Peer.Way(client: client, timeout: settings.timeout) }

    /// Asks the sources for changes. What could not be read is as it was before.
    mutating func refresh() async -> (changed: Bool, failures: [ConfigurationError]) {
        var changed = false, failures: [ConfigurationError] = []
        for index in sources.indices {
            let update = await sources[index].source.refresh(now: .now)
            changed = changed || update.changed
            failures += update.failures
        }
        return (changed, failures)
    }

    /// Finds out anew which Alertmanagers there are.
    mutating func find(isSelf: @Sendable (_ host: String, _ port: Int) -> Bool) {
        found = Found()
        var seen: Set<String> = []
        for candidate in sources.flatMap(\.source.groups).flatMap({ PeerAddress.candidates(of: $0, settings) }) {
            switch candidate {
            case .peer(let peer):
                guard seen.insert(peer.url).inserted else { continue }
                if isSelf(peer.host, peer.port) { found.own.append(peer.url) } else { found.peers.append(peer) }
            case .dropped(let url): found.dropped.append(url)
            case .invalid(let reason): found.problems.append(reason)
            }
        }
        surroundings.figures.updated(
            .notify, config: surroundings.config, targets: seen.count + found.dropped.count, at: .now)
    }

    /// Gives alerts to all peers, after this set's own relabelling.
    func add(_ alerts: [OutgoingAlert]) {
        guard !peers.isEmpty else { return }
        let relabelled = settings.alertRules.isEmpty ? alerts : alerts.compactMap { $0.relabelled(settings.alertRules) }
        guard !relabelled.isEmpty else { return }
        for peer in peers { peer.add(relabelled) }
    }
}
