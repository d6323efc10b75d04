internal import KTSDBModel

/// A discovery that works in the background until nobody uses its targets any more.
final class BackgroundDiscovery: Sendable {
    /// The threads on which discoveries parse what they receive. Scraping has threads of its own, so this work does not
    /// delay it.
    static let threads = BlockingThreads("ktsdb.discovery", count: 2)

    let found: FoundTargets
    private let task: Task<Void, Never>

    /// Starts a discovery. `run` must return soon after its task is cancelled.
    init(_ found: FoundTargets, _ run: @escaping @Sendable (FoundTargets) async -> Void) {
        self.found = found
        task = Task(executorPreference: Self.threads) { await run(found) }
    }

    deinit { task.cancel() }
}

/// The targets of a ``BackgroundDiscovery``.
struct BackgroundTargets: TargetSource {
    private let discovery: BackgroundDiscovery
    private var position = FoundTargets.Position()
    private(set) var groups: [TargetGroup] = []

    init(_ discovery: BackgroundDiscovery) { self.discovery = discovery }

    var metrics: [SelfMetricFamily] { [] }

    mutating func refresh(now: ContinuousClock.Instant) -> TargetSourceUpdate {
        let news = discovery.found.news(since: &position)
        if let groups = news.groups { self.groups = groups }
        return TargetSourceUpdate(changed: news.groups != nil, failures: news.failures)
    }
}

extension SourceSurroundings {
    /// Returns the targets of a discovery with these settings; sources with the same settings share one.
    func targets(
        _ settings: some TargetSourceSettings, _ run: @escaping @Sendable (FoundTargets) async -> Void
    ) -> any TargetSource {
        BackgroundTargets(
            shared.discovery(of: TargetSourceEntry(settings)) { BackgroundDiscovery(FoundTargets(self), run) })
    }
}
