internal import Synchronization

/// Runs one asynchronous operation at a time, in the order in which they came.
package final class Turns: Sendable {
    /// Runs the operations, some of which read files.
    private let executor: WorkerExecutor
    private let last = Mutex<Task<Void, Never>?>(nil)

    package init(_ executor: WorkerExecutor) { self.executor = executor }

    package func take(_ operation: @escaping @Sendable () async -> Void) async {
        let task = last.withLock { last in
            let task = Task(executorPreference: executor) { [previous = last] in
                await previous?.value
                await operation()
            }
            last = task
            return task
        }
        await task.value
    }
}
