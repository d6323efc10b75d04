internal import CLibrary

/// A thread that calls a closure again and again, and when it is woken, for work that blocks on a disk.
///
/// `@unchecked Sendable`: mutable state is accessed only with the condition's mutex held.
final class Ticker: @unchecked Sendable {
    private let condition = ThreadCondition()
    private var nanoseconds: UInt64
    private let body: @Sendable () -> UInt64
    private var isStopped = false
    private var isWoken = false
    private var thread: pthread_t?

    /// Creates a ticker that first calls the closure after so many nanoseconds, and then after as many as the closure
    /// has returned.
    init(after nanoseconds: UInt64, body: @escaping @Sendable () -> UInt64) {
        self.nanoseconds = nanoseconds
        self.body = body
    }

    /// Creates a ticker that calls the closure at an interval.
    convenience init(every nanoseconds: UInt64, body: @escaping @Sendable () -> Void) {
        self.init(after: nanoseconds) {
            body()
            return nanoseconds
        }
    }

    /// Starts the thread. Returns false if the system cannot start one.
    func start() -> Bool {
        // The thread retains the ticker until its loop ends.
        guard let created = SystemThread.start({ [self] in run() }) else { return false }
        condition.withLock { thread = created }
        return true
    }

    /// Makes the thread call the closure soon.
    func wake() {
        condition.withLock {
            isWoken = true
            condition.signalAll()
        }
    }

    /// Ends the thread and waits for it, unless the caller runs on it.
    func stop() {
        let thread = condition.withLock {
            isStopped = true
            condition.signalAll()
            defer { self.thread = nil }
            return self.thread
        }
        guard let thread else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    private func run() {
        while true {
            let isRunning = condition.withLock {
                if !isWoken, !isStopped { condition.wait(nanoseconds: nanoseconds) }
                isWoken = false
                return !isStopped
            }
            guard isRunning else { return }
            let next = body()
            condition.withLock { nanoseconds = next }
        }
    }
}
