internal import Synchronization

/// The alerts that are due, evaluation by evaluation, from the moment iteration begins.
///
/// Safe for use by any number of threads and tasks at once; each iterator belongs to one of them. An alert comes again
/// and again while it fires, and for a quarter of an hour after it is over. Each iterator has a buffer of 1,024 lists;
/// a slower one misses the oldest and gets their alerts when they are due again. The sequence ends when the engine is
/// stopped.
public struct AlertSequence: AsyncSequence, Sendable {
    let observers: AlertObservers

    /// Waits for alerts.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var stream: AsyncStream<[DueAlert]>.Iterator

        /// Returns alerts of the next rule that has some, at most 1,024 at a time; nil when the engine was stopped or
        /// the task cancelled.
        public mutating func next() async -> [DueAlert]? { await stream.next() }

        /// Returns the same on the caller's actor.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> [DueAlert]? {
            await stream.next(isolation: actor)
        }
    }

    /// Begins to observe alerts.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: observers.newStream().makeAsyncIterator())
    }
}

/// The iterators that wait for alerts, and the sink that takes them.
final class AlertObservers: AlertSink {
    private struct State {
        var continuations: [Int: AsyncStream<[DueAlert]>.Continuation] = [:]
        var lastKey = 0
        var isFinished = false
    }

    private static let bufferLimit = 1024
    private let state = Mutex(State())
    private let sink: (any AlertSink)?

    /// What `sink` does not take stays due, and observers do not get it either.
    init(_ sink: (any AlertSink)?) { self.sink = sink }

    func newStream() -> AsyncStream<[DueAlert]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.bufferLimit)) { continuation in
            let key = state.withLock { state -> Int? in
                guard !state.isFinished else { return nil }
                state.lastKey += 1
                state.continuations[state.lastKey] = continuation
                return state.lastKey
            }
            guard let key else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in self?.remove(key) }
        }
    }

    private func remove(_ key: Int) { state.withLock { $0.continuations[key] = nil } }

    var room: Int { sink?.room ?? .max }

    func offer(_ alerts: [DueAlert]) -> Int {
        let taken = min(alerts.count, sink?.offer(alerts) ?? alerts.count)
        guard taken > 0 else { return 0 }
        let waiting = state.withLock { Array($0.continuations.values) }
        for continuation in waiting { continuation.yield(Array(alerts.prefix(taken))) }
        return taken
    }

    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            return Array(state.continuations.values)
        }
        for continuation in waiting { continuation.finish() }
    }
}
