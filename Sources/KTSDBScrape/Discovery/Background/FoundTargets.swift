internal import KTSDBConfiguration
internal import Synchronization

/// What a discovery has found so far. The discovery writes it in the background; target sources read it.
final class FoundTargets: Sendable {
    private struct State {
        var groups: [TargetGroup] = []
        /// Counts the changes of `groups`.
        var version = 0
        /// The newest failures. `failureCount` counts all that were reported.
        var failures: [ConfigurationError] = []
        var failureCount = 0
    }

    /// How far a reader has read.
    struct Position {
        var version = 0, failureCount = 0
    }

    let surroundings: SourceSurroundings
    private let state = Mutex(State())

    init(_ surroundings: SourceSurroundings) { self.surroundings = surroundings }

    /// Replaces the targets, and wakes their users if the targets have changed.
    ///
    /// - Throws: An error if there are more than ``DiscoveryLimits/targets``; the previous targets then stay.
    func publish(_ groups: [TargetGroup]) throws(DiscoveryFailure) {
        let count = groups.reduce(0) { $0 + $1.addresses.count }
        guard count <= DiscoveryLimits.targets else {
            throw DiscoveryFailure("\(count) targets were found, and one source may have \(DiscoveryLimits.targets)")
        }
        let hasChanged = state.withLock { state in
            if state.version > 0, state.groups == groups { return false }
            state.groups = groups
            state.version += 1
            return true
        }
        guard hasChanged else { return }
        surroundings.figures.count("prometheus_sd_received_updates_total", [("name", surroundings.user.rawValue)])
        surroundings.signal.raise()
    }

    /// Reports a failure, which is logged; the targets stay as they are.
    func report(_ failure: ConfigurationError) {
        state.withLock { state in
            state.failures.append(failure)
            state.failureCount += 1
            if state.failures.count > DiscoveryLimits.failures { state.failures.removeFirst() }
        }
        surroundings.signal.raise()
    }

    /// Returns what has happened since `position`, and the groups if they have changed.
    func news(since position: inout Position) -> (groups: [TargetGroup]?, failures: [ConfigurationError]) {
        state.withLock { state in
            let failures = Array(state.failures.suffix(state.failureCount - position.failureCount))
            let groups = state.version == position.version ? nil : state.groups
            position = Position(version: state.version, failureCount: state.failureCount)
            return (groups, failures)
        }
    }
}
