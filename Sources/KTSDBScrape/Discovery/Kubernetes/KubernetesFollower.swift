internal import Synchronization

/// Lists the objects of a kind, and then watches them for changes, as Kubernetes expects clients to do.
///
/// A watch lasts five to ten minutes, and the next one begins at the version where it ended. If the API no longer knows
/// that version (410 Gone), everything is listed again. After other failures the follower pauses, longer each time; the
/// known objects stay.
struct KubernetesFollower: Sendable {
    /// The objects on a page of a list; fewer if such a page is longer than the limit.
    private static let pageSize = 500
    /// The most objects of a kind.
    private static let objectLimit = DiscoveryLimits.targets

    private let scope: KubernetesCluster.Scope
    private let owner: KubernetesRun
    private let options: DiscoveryOptions

    init(_ scope: KubernetesCluster.Scope, _ owner: KubernetesRun, _ options: DiscoveryOptions) {
        (self.scope, self.owner, self.options) = (scope, owner, options)
    }

    /// Follows until the task is cancelled.
    func run() async {
        var backoff = Backoff(options), listed = ContinuousClock.now
        while !Task.isCancelled {
            do throws(KubernetesAPI.Problem) {
                let version = try await list()
                backoff.reset()
                listed = .now
                try await watch(from: version, &backoff)
            } catch {
                if Task.isCancelled { return }
                if error.isExpired, ContinuousClock.now - listed > .seconds(1) { continue }
                if !error.isExpired { owner.report(error.failure) }
                await backoff.pause()
            }
        }
    }

    // MARK: Lists

    /// Lists all objects, page by page; returns the version that the watch begins with.
    private func list() async throws(KubernetesAPI.Problem) -> String {
        var listed: Set<KubernetesObject.Key> = [], pageSize = Self.pageSize, next = ""
        while true {
            let page: JSONDocument
            do throws(KubernetesAPI.Problem) { page = try await self.page(after: next, count: pageSize) } catch {
                guard error.isTooLong, pageSize > 1 else { throw error }
                pageSize = max(1, pageSize / 8)
                continue
            }
            guard let version = page["metadata"]["resourceVersion"].text else {
                throw .init(failure: DiscoveryFailure("a list of \(scope.kind.rawValue) objects has no version"))
            }
            try add(page["items"].elements, to: &listed)
            next = page["metadata"]["continue"].text ?? ""
            guard next.isEmpty else { continue }
            let gone = owner.change { [listed] in $0.finish(listed, of: scope) }
            owner.count(scope.kind, deleted: gone)
            return version
        }
    }

    private func page(after next: String, count: Int) async throws(KubernetesAPI.Problem) -> JSONDocument {
        var query = [("limit", String(count))] + selectors
        if !next.isEmpty { query.append(("continue", next)) }
        return try await owner.api.get(scope.kind.path(namespace: scope.namespace), query)
    }

    private func add(
        _ items: [JSONDocument], to listed: inout Set<KubernetesObject.Key>
    ) throws(KubernetesAPI.Problem) {
        let objects = items.compactMap { KubernetesObject($0, scope.kind) }
        let known = owner.change { cluster in objects.count { cluster.set($0, scope.kind) } }
        owner.count(scope.kind, added: objects.count - known, updated: known)
        listed.formUnion(objects.map(\.key))
        guard listed.count <= Self.objectLimit else {
            let reason = "there are more than \(Self.objectLimit) objects of the kind \(scope.kind.rawValue)"
            throw .init(failure: DiscoveryFailure(reason))
        }
    }

    private var selectors: [(String, String)] {
        let selector = owner.settings.selectors[scope.kind]
        return [("labelSelector", selector?.label), ("fieldSelector", selector?.field)].compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : (name, $0) }
        }
    }

    // MARK: Watches

    /// Runs one watch after the other, until the version has expired or the API reports an error.
    private func watch(
        from version: String, _ backoff: inout Backoff
    ) async throws(KubernetesAPI.Problem) {
        let reader = KubernetesWatchReader(scope.kind, version, owner)
        while !Task.isCancelled {
            let seconds = Int.random(in: 300...600), begin = ContinuousClock.now, before = reader.eventCount
            let query: [(String, String)] =
                [
                    ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", reader.version),
                    ("timeoutSeconds", String(seconds)),
                ] + selectors
            do throws(KubernetesAPI.Problem) {
                try await owner.api.watch(
                    scope.kind.path(namespace: scope.namespace), query, timeout: .seconds(seconds)
                ) { try reader.receive($0) }
            } catch {
                if Task.isCancelled { return }
                if let problem = reader.problem { throw problem }
                guard error.isConnection else { throw error }
                owner.report(error.failure)
                await backoff.pause()
                reader.restart()
                continue
            }
            reader.restart()
            if reader.eventCount > before || ContinuousClock.now - begin > .seconds(1) {
                backoff.reset()
            } else {
                // A watch that ends at once would be repeated without a pause.
                await backoff.pause()
            }
        }
    }
}
