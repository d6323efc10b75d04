internal import Synchronization

/// One commit, as ``Database/commits`` announces it.
public struct Commit: Hashable, Sendable {
    /// The commit's place in the order of all commits; a read view includes it if the view's `sequence` is not lower.
    public let sequence: UInt64
    /// How many samples it stored.
    public let appended: Int
}

/// The commits of a database from the moment iteration begins, in order.
///
/// Safe for use by any number of threads and tasks at once; each iterator belongs to one of them. Each iterator has a
/// buffer of 256 commits; a slower one misses the oldest, which the gap in `sequence` shows. The sequence ends when the
/// database is closed. Views taken when a commit is announced include it. It is announced before it is synced:
/// with ``Durability/durable``, too, a power cut may take a commit that was announced and not yet acknowledged.
public struct CommitSequence: AsyncSequence, Sendable {
    let observers: CommitObservers

    /// Waits for commits.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var stream: AsyncStream<Commit>.Iterator

        /// Returns the next commit; nil when the database was closed or the task cancelled.
        public mutating func next() async -> Commit? { await stream.next() }

        /// Returns the next commit on the caller's actor; nil when the database was closed or the task cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Commit? {
            await stream.next(isolation: actor)
        }
    }

    /// Begins to observe commits.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: observers.newStream().makeAsyncIterator())
    }
}

/// The iterators that wait for commits.
final class CommitObservers: Sendable {
    private struct State {
        var continuations: [Int: AsyncStream<Commit>.Continuation] = [:]
        var lastKey = 0
        var isFinished = false
    }

    private let state = Mutex(State())
    /// A copy of their number, so that a commit that nobody waits for costs one load.
    private let count = Atomic(0)

    func newStream() -> AsyncStream<Commit> {
        AsyncStream(bufferingPolicy: .bufferingNewest(256)) { continuation in
            let key = state.withLock { state -> Int? in
                guard !state.isFinished else { return nil }
                state.lastKey += 1
                state.continuations[state.lastKey] = continuation
                count.store(state.continuations.count, ordering: .relaxed)
                return state.lastKey
            }
            guard let key else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in self?.remove(key) }
        }
    }

    private func remove(_ key: Int) {
        state.withLock { state in
            state.continuations[key] = nil
            count.store(state.continuations.count, ordering: .relaxed)
        }
    }

    /// Passes a commit to all iterators. Called under the commit lock, so that commits arrive in order.
    func announce(_ sequence: UInt64, appended: Int) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        let waiting = state.withLock { Array($0.continuations.values) }
        for continuation in waiting { continuation.yield(Commit(sequence: sequence, appended: appended)) }
    }

    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            return Array(state.continuations.values)
        }
        for continuation in waiting { continuation.finish() }
    }
}
