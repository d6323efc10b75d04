internal import KTSDBConfiguration
internal import Synchronization

/// A running Kubernetes discovery: a follower for each scope, and a task that publishes the targets.
final class KubernetesRun: Sendable {
    let settings: KubernetesDiscovery
    let found: FoundTargets
    let api: KubernetesAPI
    private let options: DiscoveryOptions
    private let cluster: Mutex<KubernetesCluster>
    private let signal = ChangeSignal()

    init(_ settings: KubernetesDiscovery, _ found: FoundTargets) {
        self.settings = settings
        self.found = found
        options = found.surroundings.options
        api = KubernetesAPI(settings, in: found.surroundings)
        cluster = Mutex(KubernetesCluster(role: settings.role, attachments: settings.attachments))
    }

    /// Follows the cluster until the task is cancelled.
    func run() async {
        guard let namespaces = await namespaces() else { return }
        let (role, attachments) = (settings.role, settings.attachments)
        let scopes = cluster.withLock { cluster in
            cluster = KubernetesCluster(role: role, attachments: attachments, namespaces: namespaces)
            return cluster.scopes
        }
        await withDiscardingTaskGroup { group in
            for scope in scopes { group.addTask { [self] in await KubernetesFollower(scope, self, options).run() } }
            group.addTask { [self] in await signal.follow { publish() } }
        }
        await api.close()
    }

    /// Returns the namespaces that are followed; empty if all are, nil if the task is cancelled before its own is
    /// known.
    private func namespaces() async -> [String]? {
        guard settings.includesOwnNamespace else { return settings.namespaces }
        var backoff = Backoff(options)
        while !Task.isCancelled {
            do throws(DiscoveryFailure) {
                let own = try KubernetesAccess.ownNamespace(options)
                return settings.namespaces.filter { $0 != own } + [own]
            } catch { report(error) }
            await backoff.pause()
        }
        return nil
    }

    private func publish() {
        guard let groups = cluster.withLock({ $0.update() }) else { return }
        do throws(DiscoveryFailure) { try found.publish(groups) } catch { report(error) }
    }

    /// Changes the known objects; their targets are updated soon after.
    func change<Result: Sendable>(_ body: (inout KubernetesCluster) -> Result) -> Result {
        defer { signal.raise() }
        return cluster.withLock { body(&$0) }
    }

    /// Reports a failure.
    func report(_ failure: DiscoveryFailure) {
        found.surroundings.figures.count(KubernetesDiscovery.failures)
        found.report(ConfigurationError(file: KubernetesDiscovery.key, line: nil, reason: failure.description))
    }

    /// Counts changes of objects of a kind.
    func count(_ kind: KubernetesKind, added: Int = 0, updated: Int = 0, deleted: Int = 0) {
        guard KubernetesKind.roles.contains(kind) else { return }
        for (event, count) in [("add", added), ("update", updated), ("delete", deleted)] where count > 0 {
            found.surroundings.figures.count(
                KubernetesDiscovery.events, [("role", kind.rawValue), ("event", event)], by: count)
        }
    }
}
