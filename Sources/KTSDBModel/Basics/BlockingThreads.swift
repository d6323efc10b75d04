internal import Dispatch
internal import Synchronization

/// Threads for work that blocks or takes long, which must not hold one of the few threads of Swift's cooperative pool.
///
/// A concurrent queue of Dispatch has about as many threads as there are processors, and all such queues share them. A
/// serial queue has a thread of its own while it has work: so these are serial queues, and work goes to an idle one.
package final class BlockingThreads: TaskExecutor {
    private let queues: [DispatchQueue]
    /// The jobs of each queue that have not ended.
    private let loads: Mutex<[Int]>

    /// Up to `count` threads with a name, which debuggers show.
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
            // SAFETY: each job is run exactly once, here.
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
