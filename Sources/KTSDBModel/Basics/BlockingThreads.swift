internal import Dispatch
internal import Synchronization

/// Threads for work that blocks or takes long. Such work must not occupy one of the few threads of Swift's cooperative
/// pool.
///
/// Dispatch's concurrent queues share about as many threads as there are processors. A serial queue has its own thread
/// while it has work. So these are serial queues, and work goes to the one with the fewest jobs.
package final class BlockingThreads: TaskExecutor {
    private let queues: [DispatchQueue]
    /// The number of unfinished jobs of each queue.
    private let loads: Mutex<[Int]>

    /// Creates up to `count` threads, whose name debuggers show.
    package init(_ name: String, count: Int = 32) {
        queues = (0..<count).map { DispatchQueue(label: "\(name).\($0)", qos: .userInitiated) }
        loads = Mutex([Int](repeating: 0, count: count))
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let place = loads.withLock { loads in
            let place = loads.indices.min { loads[$0] < loads[$1] }!
            loads[place] += 1
            return place
        }
        queues[place].async {
            // SAFETY: each job is run exactly once, and only here.
            unsafe job.runSynchronously(on: self.asUnownedTaskExecutor())
            self.loads.withLock { $0[place] -= 1 }
        }
    }

    /// Runs `body` on one of the threads.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withTaskExecutorPreference(self) {
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
