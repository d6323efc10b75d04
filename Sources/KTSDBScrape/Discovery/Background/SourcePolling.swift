/// The tasks that look at target sources: one whenever a source has found something, and one at an interval while there
/// are sources that can change.
package struct SourcePolling: Sendable {
    private var following: Task<Void, Never>?
    private var regular: Task<Void, Never>?

    package init() {}

    /// Starts the tasks that are needed and do not run yet, and ends the regular one when nothing can change.
    /// `look` runs in them until ``stop()``.
    package mutating func run(
        _ signal: ChangeSignal, every interval: Duration, canChange: Bool, on executor: (any TaskExecutor)? = nil,
        _ look: @escaping @Sendable () async -> Void
    ) {
        if following == nil { following = Task(executorPreference: executor) { await signal.follow(look) } }
        if !canChange {
            regular?.cancel()
            regular = nil
        } else if regular == nil {
            regular = Task(executorPreference: executor) {
                while (try? await Task.sleep(for: interval)) != nil { await look() }
            }
        }
    }

    /// Ends the tasks.
    package func stop() {
        following?.cancel()
        regular?.cancel()
    }
}
