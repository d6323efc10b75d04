internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBNotify
internal import Logging

extension NotifierService {
    /// Returns when everything that has changed until now is stored, or could not be.
    ///
    /// There is one write at a time, and takes with it what has changed meanwhile.
    func store() async {
        let wanted = storage.noted
        while storage.written < wanted {
            guard !isWriting else {
                await withCheckedContinuation { writeWaiters.append($0) }
                continue
            }
            isWriting = true
            let write = storage.begin(notifier, at: lookAtClock())
            let error = await threads.run { write.perform() }
            let before = storage.fault
            storage.finish(write, error)
            meters.count(writeSucceeded: error == nil)
            logChange(from: before, to: error)
            isWriting = false
            let waiters = writeWaiters
            writeWaiters = []
            for waiter in waiters { waiter.resume() }
        }
    }

    private func logChange(from before: AppendError?, to fault: AppendError?) {
        if let fault, before == nil {
            logger.error(
                "the notifier's state cannot be stored; it continues in memory, and a restart would forget the changes",
                metadata: ["error": "\(fault)"])
        } else if fault == nil, before != nil {
            logger.info("the notifier's state is stored again")
        }
    }
}
