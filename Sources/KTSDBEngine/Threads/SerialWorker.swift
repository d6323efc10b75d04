internal import CLibrary

/// A thread beside the caller's that does what it is given, one piece after the other, in that order.
///
/// `@unchecked Sendable`: what varies is only touched with the condition's mutex held.
final class SerialWorker: @unchecked Sendable {
    private let condition = ThreadCondition()
    private var waiting: [@Sendable () -> Void] = []
    private var isBusy = false, isStopped = false
    private var thread: pthread_t?

    /// Starts the thread. Without one to be had, work is done by who asks for it.
    init() { thread = SystemThread.start { [self] in run() } }

    /// Has `work` done, behind all that was asked for before.
    func submit(_ work: @escaping @Sendable () -> Void) {
        guard thread != nil else { return work() }
        condition.withLock {
            waiting.append(work)
            condition.signalAll()
        }
    }

    /// Waits until all work is done.
    func wait() { condition.withLock { while isBusy || !waiting.isEmpty { condition.wait() } } }

    /// Ends the thread, after the piece of work that it is at. Called once, at last.
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
