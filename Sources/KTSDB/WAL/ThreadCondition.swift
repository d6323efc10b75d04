internal import Glibc

/// A mutex with a condition, for the few places where a thread waits for another: group commit and the sync thread.
///
/// `@unchecked Sendable`: the two system objects are made for use by any thread.
@safe
final class ThreadCondition: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the mutex held; in it, ``wait()`` may be called.
    func withLock<Value>(_ body: () -> Value) -> Value {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Lets the mutex go until another thread calls ``signalAll()``, or for no reason. Called with the mutex held.
    func wait() { unsafe pthread_cond_wait(condition, mutex) }

    /// The same, for at most so long.
    func wait(nanoseconds: UInt64) {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let total = UInt64(deadline.tv_nsec) + nanoseconds
        deadline.tv_sec += Int(total / 1_000_000_000)
        deadline.tv_nsec = Int(total % 1_000_000_000)
        unsafe pthread_cond_timedwait(condition, mutex, &deadline)
    }

    /// Wakes all threads that wait. Called with the mutex held.
    func signalAll() { unsafe pthread_cond_broadcast(condition) }
}

/// Lets one thread at a time do a job while others that want it done wait for the end of it.
///
/// `@unchecked Sendable`: `isBusy` is only touched with the condition's mutex held.
final class LeaderGate: @unchecked Sendable {
    private let condition = ThreadCondition()
    private var isBusy = false

    /// True when the caller has the job now and must call ``leave()``; false after it has waited for another to leave.
    func enterOrWait() -> Bool {
        condition.withLock {
            guard isBusy else {
                isBusy = true
                return true
            }
            while isBusy { condition.wait() }
            return false
        }
    }

    /// True when the caller has the job now; false, at once, when another has it.
    func tryEnter() -> Bool {
        condition.withLock {
            guard !isBusy else { return false }
            isBusy = true
            return true
        }
    }

    func leave() {
        condition.withLock {
            isBusy = false
            condition.signalAll()
        }
    }
}

/// A thread of its own that calls a closure at intervals and when it is woken; for work that blocks on a disk.
///
/// `@unchecked Sendable`: what varies is only touched with the condition's mutex held.
final class Ticker: @unchecked Sendable {
    private let condition = ThreadCondition()
    private let nanoseconds: UInt64
    private let body: @Sendable () -> Void
    private var isStopped = false
    private var isWoken = false
    private var thread: pthread_t?

    init(nanoseconds: UInt64, body: @escaping @Sendable () -> Void) {
        self.nanoseconds = nanoseconds
        self.body = body
    }

    /// Starts the thread; false when the system has none left.
    func start() -> Bool {
        // The thread holds the ticker until its loop has ended.
        guard let created = SystemThread.start({ [self] in run() }) else { return false }
        condition.withLock { thread = created }
        return true
    }

    /// Lets the closure be called soon.
    func wake() {
        condition.withLock {
            isWoken = true
            condition.signalAll()
        }
    }

    /// Ends the thread and waits for it, unless it is the caller's own.
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
            let goesOn = condition.withLock {
                if !isWoken, !isStopped { condition.wait(nanoseconds: nanoseconds) }
                isWoken = false
                return !isStopped
            }
            guard goesOn else { return }
            body()
        }
    }
}
