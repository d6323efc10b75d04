internal import KTSDBModel
internal import Synchronization

/// What the operator should know now: `/api/v1/notifications`.
final class Notices: Sendable {
    /// What a notice says, in Prometheus' words where it has them.
    enum Text: String, CaseIterable {
        case reloadFailed = "Configuration reload has failed."
        case diskFull = "The disk is full: no samples are stored until there is room."
        case starting = "ktsdb is starting and replaying the write-ahead log (WAL)."
        case stopping = "ktsdb is shutting down and gracefully stopping all operations."
    }

    /// A notice, or that it is over.
    struct Notice: Sendable {
        var text: Text
        var date: Timestamp
        var isActive = true
    }

    /// How many clients may follow the notices at once.
    static let subscriberLimit = 16

    private struct State {
        var notices: [Notice] = []
        var subscribers: [Int: AsyncStream<Notice>.Continuation] = [:]
        var lastKey = 0
    }

    private let state = Mutex(State())

    /// The notices, the oldest first.
    var all: [Notice] { state.withLock { $0.notices } }

    /// Adds a notice, or gives it the present time if it is there.
    func add(_ text: Text) {
        publish { state in
            let notice = Notice(text: text, date: .now)
            if let index = state.notices.firstIndex(where: { $0.text == text }) {
                state.notices[index] = notice
            } else {
                state.notices.append(notice)
            }
            return notice
        }
    }

    /// Removes a notice, if it is there.
    func remove(_ text: Text) {
        publish { state in
            guard let index = state.notices.firstIndex(where: { $0.text == text }) else { return nil }
            var notice = state.notices.remove(at: index)
            notice.isActive = false
            return notice
        }
    }

    private func publish(_ change: (inout State) -> Notice?) {
        let (notice, subscribers) = state.withLock { state in (change(&state), Array(state.subscribers.values)) }
        guard let notice else { return }
        for subscriber in subscribers { subscriber.yield(notice) }
    }

    /// Returns the notices from now on, with those that are there first; nil if too many clients follow already.
    func follow() -> AsyncStream<Notice>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: .bufferingNewest(16))
        let key = state.withLock { state -> Int? in
            guard state.subscribers.count < Self.subscriberLimit else { return nil }
            state.lastKey += 1
            state.subscribers[state.lastKey] = continuation
            for notice in state.notices { continuation.yield(notice) }
            return state.lastKey
        }
        guard let key else { return nil }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.subscribers.removeValue(forKey: key) }
        }
        return stream
    }

    /// Ends all streams.
    func close() {
        let subscribers = state.withLock { Array($0.subscribers.values) }
        for subscriber in subscribers { subscriber.finish() }
    }
}
