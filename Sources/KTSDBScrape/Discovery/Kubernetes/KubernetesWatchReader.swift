internal import NIOCore
internal import Synchronization

/// Reads the lines of watches, and applies their changes to the known objects.
final class KubernetesWatchReader: Sendable {
    /// The longest line, in bytes; Kubernetes stores objects of up to 1.5 MB.
    private static let lineLimit = 16 << 20

    private struct State {
        var lines = LineSplitter(limit: KubernetesWatchReader.lineLimit)
        var version: String
        var eventCount = 0
        var problem: KubernetesAPI.Problem?
    }

    private let kind: KubernetesKind
    private let owner: KubernetesRun
    private let state: Mutex<State>

    init(_ kind: KubernetesKind, _ version: String, _ owner: KubernetesRun) {
        self.kind = kind
        self.owner = owner
        state = Mutex(State(version: version))
    }

    /// The version that the next watch begins with.
    var version: String { state.withLock { $0.version } }
    /// How many lines have been read.
    var eventCount: Int { state.withLock { $0.eventCount } }
    /// Why ``receive(_:)`` has thrown; nil if it has not.
    var problem: KubernetesAPI.Problem? { state.withLock { $0.problem } }

    /// Prepares for another watch: drops an incomplete line.
    func restart() { state.withLock { $0.lines = LineSplitter(limit: Self.lineLimit) } }

    /// Takes the next part of a watch.
    ///
    /// - Throws: The problem that ends the watch; ``problem`` keeps it.
    func receive(_ part: ByteBuffer) throws {
        do throws(KubernetesAPI.Problem) { try apply(part) } catch {
            state.withLock { $0.problem = error }
            throw error
        }
    }

    private func apply(_ part: ByteBuffer) throws(KubernetesAPI.Problem) {
        var events: [KubernetesEvent] = [], failure: KubernetesAPI.Problem?
        do throws(DiscoveryFailure) {
            for line in try state.withLock({ (state) throws(DiscoveryFailure) in try state.lines.lines(adding: part) })
            {
                let (event, version) = try KubernetesEvent.event(line, kind)
                state.withLock { state in
                    state.eventCount += 1
                    state.version = version ?? state.version
                }
                if case .failed(let problem) = event {
                    failure = problem
                    break
                }
                events.append(event)
            }
        } catch { failure = .init(failure: error) }
        apply(events)
        if let failure { throw failure }
    }

    private func apply(_ events: [KubernetesEvent]) {
        guard !events.isEmpty else { return }
        var added = 0, updated = 0, deleted = 0
        (added, updated, deleted) = owner.change { cluster in
            var added = 0, updated = 0, deleted = 0
            for event in events {
                switch event {
                case .set(let object): if cluster.set(object, kind) { updated += 1 } else { added += 1 }
                case .removed(let key): if cluster.remove(key, kind) { deleted += 1 }
                case .nothing, .failed: break
                }
            }
            return (added, updated, deleted)
        }
        owner.count(kind, added: added, updated: updated, deleted: deleted)
    }
}
