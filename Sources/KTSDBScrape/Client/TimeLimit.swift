internal import Synchronization

/// Cancels work that takes too long.
enum TimeLimit {
    /// The work took too long.
    struct Exceeded: Error {}

    /// The time of the last activity.
    final class Activity: Sendable {
        private let last = Mutex(ContinuousClock.now)

        /// Notes activity now.
        func note() { last.withLock { $0 = .now } }

        fileprivate var latest: ContinuousClock.Instant { last.withLock { $0 } }
    }

    /// Runs `work` for at most `limit`.
    ///
    /// - Throws: ``Exceeded``, or what `work` throws.
    static func within<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await `while`(active: limit, within: limit) { _ in try await work() }
    }

    /// Runs `work` for at most `limit`, and no longer than `silence` after the last activity that it notes.
    ///
    /// - Throws: ``Exceeded``, or what `work` throws.
    static func `while`<Value: Sendable>(
        active silence: Duration, within limit: Duration,
        _ work: @escaping @Sendable (Activity) async throws -> Value
    ) async throws -> Value {
        let activity = Activity(), end = ContinuousClock.now + limit
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work(activity) }
            group.addTask {
                var due = min(end, activity.latest + silence)
                while ContinuousClock.now < due {
                    try await Task.sleep(until: due)
                    due = min(end, activity.latest + silence)
                }
                return nil
            }
            guard let value = try await group.next() ?? nil else { throw Exceeded() }
            return value
        }
    }
}
