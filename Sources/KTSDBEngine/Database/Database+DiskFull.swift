internal import KTSDBModel
internal import Synchronization

/// What happens while the disk is full: commits are refused, and what can be given up is given up, in this order: the
/// reserve (`DiskSpace`); the log, whose samples go into blocks; what deletions hide, the oldest deletion first, even
/// if it could still be undone.
extension Database {
    /// Whether commits are refused because the disk is full. Retention, deletions, seals and compactions continue.
    public var isDiskFull: Bool { space?.isFull ?? false }

    /// Makes sure that the disk is not known to be full.
    func checkSpace() throws(AppendError) {
        guard let space, space.isFull, !isBeingClosed, !space.resume() else { return }
        space.countRefusal()
        throw .diskFull(path: path)
    }

    /// Reports what has happened to the room on the disk. Called with nothing locked that an event's receiver may need.
    func reportSpace() {
        guard let space, let onEvent = configuration.onEvent else { return }
        for event in space.takeNews() { onEvent(event) }
    }

    /// Seals what is in memory and writes a checkpoint, once each time the disk becomes full, so that the log can go.
    /// Called by one round of maintenance at a time.
    func relieveLog(_ state: inout MaintenanceState, at now: Int64) {
        guard let space, !space.resume(), let log, now >= state.retryAt else { return }
        let times = space.statistics.timesFull
        guard state.relievedLog < times, seal(&state) else { return }
        // The log before the last checkpoint but one stays; with nothing after it there is nothing to give up.
        if manifest.state.checkpoints.last?.sequence != log.lastSequence {
            state.checkpoints.isDue = true
            writeCheckpointIfDue(&state)
            guard !state.checkpoints.isDue else { return }
        }
        state.relievedLog = times
        giveUpOlderCheckpoint(state.checkpoints, log)
    }

    /// Removes what deletions hide, the oldest deletion first, until the disk has room again.
    func relieveBlocks(_ state: inout CompactionState) {
        guard let space else { return }
        while !isStopping.load(ordering: .relaxed), !space.resume() {
            do throws(CompactionFailure) {
                if state.written != nil {
                    _ = try publish(&state)
                    continue
                }
                if try reclaimNext(&state) != nil { continue }
            } catch {
                note(error, &state)
                guard case .input = error else { return }
                continue
            }
            // The pause after a short relief ends by itself.
            if space.hasEnoughRoom { return }
            // While the clock may be wrong, deletions can be made final all the same: no time has to pass for it.
            guard let oldest = commit.withLock({ $0.deletions.first { !$0.isFinal } }) else { return }
            let isFinal = maintenance.withLock { _ -> Bool in
                do throws(DeletionError) {
                    try makeFinal([oldest])
                    return true
                } catch { return false }
            }
            guard isFinal else { return }
            space.note(.deletionMadeFinal(oldest.id))
        }
    }
}
