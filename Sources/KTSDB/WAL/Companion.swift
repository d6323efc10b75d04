package import Glibc

/// Starts threads of the system.
package enum SystemThread {
    /// A closure without a type, for a thread to call.
    private final class Call: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own, which is to be joined or detached; nil, and nothing is run, when the system has none left.
    package static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        let call = unsafe Unmanaged.passRetained(Call(body))
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Call>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, call.toOpaque())
        guard failure == 0 else {
            unsafe call.release()
            return nil
        }
        return thread
    }
}

/// A thread beside the caller's that does what it is given, one piece after the other, in that order.
///
/// `@unchecked Sendable`: what varies is only touched with the condition's mutex held.
final class Companion: @unchecked Sendable {
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

/// Runs two pieces of work at the same time, one of them on a thread of its own.
enum ThreadPair {
    /// `@unchecked Sendable`: one thread writes, the other reads after it has joined the first.
    private final class Answer<Value>: @unchecked Sendable { var value: Value? }

    /// Runs `other` on another thread while `own` runs on this one; both, when it returns, have ended.
    ///
    /// Neither may touch what the other writes. Without another thread to be had they run one after the other.
    static func run<Other: Sendable>(other: @escaping @Sendable () -> Other, own: () -> Void) -> Other {
        let answer = Answer<Other>()
        let thread = SystemThread.start { answer.value = other() }
        own()
        if let thread { pthread_join(thread, nil) }
        return answer.value ?? other()
    }
}
