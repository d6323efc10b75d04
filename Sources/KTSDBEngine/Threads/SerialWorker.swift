internal import CLibrary

/// A thread that runs submitted work in order, one piece at a time.
///
/// `@unchecked Sendable`: mutable state is accessed only with the condition's mutex held.
final class SerialWorker: @unchecked Sendable {
    private let condition = ThreadCondition()
    private var waiting: [@Sendable () -> Void] = []
    private var isBusy = false, isStopped = false
    private var thread: pthread_t?

    /// Starts the thread. If the system cannot start one, `submit` runs the work itself.
    init() { thread = SystemThread.start { [self] in run() } }

    /// Runs `work` after everything that was submitted before.
    func submit(_ work: @escaping @Sendable () -> Void) {
        guard thread != nil else { return work() }
        condition.withLock {
            waiting.append(work)
            condition.signalAll()
        }
    }

    /// Waits until all submitted work is done.
    func wait() { condition.withLock { while isBusy || !waiting.isEmpty { condition.wait() } } }

    /// Ends the thread after its current piece of work, and drops the rest. Must be the last call, made once.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.signalAll()
        }
        if let thread { pthread_join(thread, nil) }
    }

    private func run() {
        while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.withLock {
            isBusy = false
            condition.signalAll()
            while waiting.isEmpty, !isStopped { condition.wait() }
            guard !isStopped else { return nil }
            isBusy = true
            return waiting.removeFirst()
        }
    }
}
