internal import KTSDBConfiguration
internal import Synchronization

/// A running Consul discovery: one task for the list of services, if it is needed, and one for each service.
final class ConsulRun: Sendable {
    /// The most services that are followed; each holds a connection while it waits for changes.
    private static let serviceLimit = 10_000

    private struct State {
        var groups: [String: [TargetGroup]] = [:]
        var tasks: [String: Task<Void, Never>] = [:]
    }

    private let settings: ConsulDiscovery
    private let found: FoundTargets
    private let api: ConsulAPI
    private let state = Mutex(State())
    private let signal = ChangeSignal()

    init(_ settings: ConsulDiscovery, _ found: FoundTargets) {
        self.settings = settings
        self.found = found
        api = ConsulAPI(settings, in: found.surroundings)
    }

    /// Follows the services until the task is cancelled.
    func run() async {
        if let datacenter = await datacenter() {
            await withDiscardingTaskGroup { group in
                group.addTask { [self] in await signal.follow { publish() } }
                if settings.services.isEmpty || !settings.tags.isEmpty || !settings.filter.isEmpty {
                    await followCatalog(datacenter)
                } else {
                    for name in settings.services {
                        group.addTask { [self] in await follow(name, datacenter) }
                    }
                }
            }
        }
        for task in state.withLock({ Array($0.tasks.values) }) {
            task.cancel()
            await task.value
        }
        await api.close()
    }

    /// Returns the data center of the settings, or else the agent's; nil if the task is cancelled before it is known.
    private func datacenter() async -> String? {
        guard settings.datacenter.isEmpty else { return settings.datacenter }
        var backoff = Backoff(found.surroundings.options)
        while !Task.isCancelled {
            do throws(DiscoveryFailure) { return try await api.datacenter() } catch { report(error) }
            await backoff.pause()
        }
        return nil
    }

    private func report(_ failure: DiscoveryFailure) {
        if Task.isCancelled { return }
        found.surroundings.figures.count(ConsulDiscovery.failures)
        found.report(ConfigurationError(file: ConsulDiscovery.key, line: nil, reason: failure.description))
    }

    /// Calls `ask` until the task is cancelled: again after each answer, but at most once per refresh interval.
    private func repeated(_ ask: (_ index: UInt64) async throws(DiscoveryFailure) -> UInt64) async {
        var index: UInt64 = 0, backoff = Backoff(found.surroundings.options)
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            do throws(DiscoveryFailure) {
                let next = try await ask(index)
                // A smaller index means that the server's state was reset, so the next request does not wait.
                index = next < index ? 0 : next
                backoff.reset()
                try? await Task.sleep(until: begin + settings.refreshInterval)
            } catch {
                report(error)
                await backoff.pause()
            }
        }
    }

    // MARK: Services

    private func followCatalog(_ datacenter: String) async {
        await repeated { (index) async throws(DiscoveryFailure) in
            let answer = try await api.services(after: index)
            guard answer.index != index || index == 0 else { return index }
            var wanted: Set<String> = []
            for service in answer.json.members where isWanted(service.name, service.value.elements.compactMap(\.text)) {
                wanted.insert(service.name)
            }
            guard wanted.count <= Self.serviceLimit else {
                throw DiscoveryFailure("\(wanted.count) services are more than the \(Self.serviceLimit) allowed")
            }
            adopt(wanted, datacenter)
            return answer.index
        }
    }

    private func isWanted(_ name: String, _ tags: [String]) -> Bool {
        (settings.services.isEmpty || settings.services.contains(name)) && settings.tags.allSatisfy(tags.contains)
    }

    /// Begins to follow new services, and stops following those that are gone.
    private func adopt(_ names: Set<String>, _ datacenter: String) {
        state.withLock { state in
            for (name, task) in state.tasks where !names.contains(name) {
                task.cancel()
                state.tasks[name] = nil
                state.groups[name] = nil
            }
            for name in names where state.tasks[name] == nil {
                state.tasks[name] = Task(executorPreference: BackgroundDiscovery.threads) { [weak self] in
                    await self?.follow(name, datacenter)
                }
            }
        }
        signal.raise()
    }

    private func follow(_ name: String, _ datacenter: String) async {
        await repeated { (index) async throws(DiscoveryFailure) in
            let answer = try await api.instances(of: name, after: index)
            guard answer.index != index || index == 0 else { return index }
            let groups = answer.json.elements.compactMap { ConsulInstance($0).group(name, datacenter, settings) }
            state.withLock { state in
                // An answer may still arrive for a service that is gone.
                if !Task.isCancelled { state.groups[name] = groups }
            }
            signal.raise()
            return answer.index
        }
    }

    private func publish() {
        let groups = state.withLock { $0.groups.sorted { $0.key < $1.key }.flatMap(\.value) }
        do throws(DiscoveryFailure) { try found.publish(groups) } catch { report(error) }
    }
}
