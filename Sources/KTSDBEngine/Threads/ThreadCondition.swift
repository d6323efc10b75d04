internal import CLibrary

/// A mutex with a condition variable, for the few places where a thread waits for another.
///
/// `@unchecked Sendable`: the two system objects may be used by any thread.
@safe
final class ThreadCondition: @unchecked Sendable {
    // SAFETY: both are allocated and initialized by `init`, never move, and are destroyed only by `deinit`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        // SAFETY: establishes the invariant; the system reads the attributes only during the calls.
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
        // SAFETY: nobody else holds a reference to this object, so no thread waits.
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the mutex held. `body` may call ``wait()``.
    func withLock<Value>(_ body: () -> Value) -> Value {
        // SAFETY: the mutex lives as long as this object.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Releases the mutex and waits until another thread calls ``signalAll()``; may also wake spuriously. Called with
    /// the mutex held.
    func wait() {
        // SAFETY: both live as long as this object.
        unsafe pthread_cond_wait(condition, mutex)
    }

    /// Waits like ``wait()``, but for at most this long.
    func wait(nanoseconds: UInt64) {
        var deadline = SystemCall.time(CLOCK_MONOTONIC)
        let total = UInt64(deadline.tv_nsec) + nanoseconds
        deadline.tv_sec += Int(total / 1_000_000_000)
        deadline.tv_nsec = Int(total % 1_000_000_000)
        // SAFETY: both live as long as this object; the deadline is read only during the call.
        unsafe pthread_cond_timedwait(condition, mutex, &deadline)
    }

    /// Wakes all waiting threads. Called with the mutex held.
    func signalAll() {
        // SAFETY: the condition lives as long as this object.
        unsafe pthread_cond_broadcast(condition)
    }
}
