internal import CLibrary

/// Lets one thread at a time do a job while others that want it done wait for the end of it.
///
/// `@unchecked Sendable`: `isBusy` is only touched with the condition's mutex held.
final class SingleFlight: @unchecked Sendable {
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
