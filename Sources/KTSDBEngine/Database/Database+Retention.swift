internal import KTSDBModel
internal import Synchronization

extension Database {
    /// What retention remembers from one round to the next.
    struct RetentionState {
        var clock: RetentionClock
        var limits: RetentionLimits
        var figures = RetentionStatistics()
        var failures = RetentionFailures()
        /// The bytes of each checkpoint's side data, by the checkpoint's number.
        var sideDataByteCounts: [UInt64: UInt64] = [:]
    }

    /// Changes how long samples are kept; nil keeps all.
    ///
    /// If the time is shorter than before, what is now too old is hidden at once but removed slowly: one block, or a
    /// tenth of all blocks, after an hour, and again each hour, unless ``confirmClock()`` is called.
    public func setRetention(_ retention: Duration?) {
        retentionState.withLock { $0.limits.age = retention }
        observeRetention()
    }

    /// Changes all limits on what is kept.
    ///
    /// What is now too old is hidden at once but removed slowly, as ``setRetention(_:)-(Duration?)`` says. What is too
    /// much is removed by the next round of maintenance, within a second, whole blocks at a time and the oldest first: a
    /// disk that fills up does not wait.
    public func setRetention(_ limits: RetentionLimits) {
        retentionState.withLock { $0.limits = limits }
        observeRetention()
    }

    /// The limits on what is kept.
    public var retentionLimits: RetentionLimits { retentionState.withLock { $0.limits } }

    /// Confirms that the clock is right, so that what is too old by it may be removed at once. Call it after the clock
    /// jumped, or after an opening that comes a long time after the last one.
    public func confirmClock() {
        let reading = clockReading
        retentionState.withLock { $0.clock.confirm(reading, retention: $0.limits.age?.milliseconds) }
        observeRetention()
    }

    /// The state of retention, and how far the newest sample is ahead of the clock, as of the last second. Waits for
    /// nothing.
    public var retention: RetentionStatistics { retentionState.withLock { $0.figures } }

    private var clockReading: RetentionClock.Reading {
        RetentionClock.Reading(wall: configuration.wallClock(), monotonic: configuration.monotonicClock())
    }

    /// Reads the clocks and the list of blocks, and sets what queries may see from now on.
    @discardableResult
    func observeRetention() -> RetentionClock.Decision {
        let reading = clockReading, stock = retentionStock
        let decision = retentionState.withLock { state in
            let decision = state.clock.observe(reading, retention: state.limits.age?.milliseconds, stock)
            state.figures.retention = state.limits.age
            state.figures.horizon = decision.horizon.map(Timestamp.init(milliseconds:))
            state.figures.expiredBlocks = decision.expiredBlocks
            state.figures.isCatchingUp = state.clock.phase == .catchingUp && decision.expiredBlocks > 0
            state.figures.pausedByClockJump = nil
            if case .paused(let distance) = state.clock.phase {
                state.figures.pausedByClockJump = .milliseconds(distance)
            }
            state.figures.newestAhead = .milliseconds(Self.ahead(stock.newest, of: reading.wall))
            return decision
        }
        horizon.store(decision.horizon ?? .min, ordering: .relaxed)
        return decision
    }

    private static func ahead(_ newest: Int64, of clock: Int64) -> Int64 {
        guard newest > clock else { return 0 }
        let (distance, overflow) = newest.subtractingReportingOverflow(clock)
        return overflow ? .max : distance
    }

    private var retentionStock: RetentionClock.Stock {
        // Damaged blocks count: they take room and expire like the others.
        let blocks = manifest.state.blocks
        let (earliest, latest) = commit.withLock { state in
            (
                state.sealing == nil ? state.openMinTime : min(state.openMinTime, state.sealingTimes.lowerBound),
                state.sealing == nil ? state.openMaxTime : max(state.openMaxTime, state.sealingTimes.upperBound)
            )
        }
        return RetentionClock.Stock(
            blocks: blocks, earliestInMemory: earliest, newest: max(latest, blocks.map(\.maxTime).max() ?? .min))
    }

    // MARK: Removing

    /// Drops blocks that retention has passed: first an edit of the MANIFEST, then the files. Called by one thread at a
    /// time.
    func dropExpiredBlocks() {
        let decision = observeRetention()
        let settled = retentionState.withLock { $0.clock.settledLimit }
        let moved = Self.isWorthNoting(settled, manifest.state.settledAgeLimit) ? settled : nil
        guard !isReading, !decision.removals.isEmpty || moved != nil else { return }
        do throws(ManifestError) { try drop(decision.removals, settledAgeLimit: settled) } catch {
            return note(.age, "Blocks that are too old cannot be removed: \(error)")
        }
        note(.age, nil)
        guard !decision.removals.isEmpty else { return }
        let reading = clockReading
        retentionState.withLock { state in
            state.clock.didRemove(at: reading)
            state.figures.removedBlocks += decision.removals.count
            state.figures.expiredBlocks -= decision.removals.count
        }
    }

    /// Whether a new age limit is worth storing: every half hour, so that the next opening finds it within the
    /// tolerance.
    private static func isWorthNoting(_ limit: Int64?, _ known: Int64?) -> Bool {
        guard let limit else { return false }
        guard let known else { return true }
        let (distance, overflow) = limit.subtractingReportingOverflow(known)
        return overflow || distance.magnitude >= UInt64(RetentionClock.tolerance / 2)
    }
}
