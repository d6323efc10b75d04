internal import Synchronization

/// What target sources share: the running discoveries, one for all jobs with the same settings, and the file watch.
final class SharedDiscoveries: Sendable {
    private struct Reference: Sendable {
        weak let discovery: BackgroundDiscovery?
    }

    /// Raises the signal when files with targets may have changed.
    let fileWatch: TargetFileWatch
    private let running = Mutex<[TargetSourceEntry: Reference]>([:])

    init(_ signal: ChangeSignal) { fileWatch = TargetFileWatch { signal.raise() } }

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
