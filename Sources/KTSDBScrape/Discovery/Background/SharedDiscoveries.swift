internal import Synchronization

/// The discoveries that are running: jobs whose sources have the same settings use one.
final class SharedDiscoveries: Sendable {
    private struct Reference: Sendable {
        weak let discovery: BackgroundDiscovery?
    }

    private let running = Mutex<[TargetSourceEntry: Reference]>([:])

    /// Returns the running discovery with these settings, or starts one.
    func discovery(of entry: TargetSourceEntry, _ start: () -> BackgroundDiscovery) -> BackgroundDiscovery {
        running.withLock { running in
            if let discovery = running[entry]?.discovery { return discovery }
            running = running.filter { $0.value.discovery != nil }
            let discovery = start()
            running[entry] = Reference(discovery: discovery)
            return discovery
        }
    }
}
