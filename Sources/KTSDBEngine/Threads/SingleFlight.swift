internal import CLibrary

/// Lets one thread at a time do a job, while other threads that need it done wait for it to end.
///
/// `@unchecked Sendable`: `isBusy` is accessed only with the condition's mutex held.
final class SingleFlight: @unchecked Sendable {
    private let condition = ThreadCondition()
    private var isBusy = false

    /// Returns true if the caller has the job now and must call ``leave()``; false after waiting for another thread to
    /// leave.
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

    /// Returns true if the caller has the job now and must call ``leave()``; false, at once, if another thread has it.
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
