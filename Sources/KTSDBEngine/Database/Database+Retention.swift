internal import KTSDBModel
internal import Synchronization

extension Database {
    /// What retention remembers from one round to the next.
    struct RetentionState {
        var clock: RetentionClock
        var limits: RetentionLimits {
            didSet { policy = RetentionPolicy(limits) }
        }
        /// The limits of time, by class of series.
        private(set) var policy: RetentionPolicy
        /// Where each class begins, as of the last look at the clocks; empty if everything is shown.
        var horizons: [Int64] = []
        /// The blocks that may be written again now without the classes that are too old, the oldest first.
        var rewrites: [UInt64] = []
        /// The classes of series in memory; nil without rules.
        var headClasses: HeadClasses?
        var figures = RetentionStatistics()
        var failures = RetentionFailures()
        /// The bytes of each checkpoint's side data, by the checkpoint's number.
        var sideDataByteCounts: [UInt64: UInt64] = [:]

        init(clock: RetentionClock, limits: RetentionLimits) {
            self.clock = clock
            self.limits = limits
            policy = RetentionPolicy(limits)
        }
    }

    /// Changes how long samples are kept, except for series that rules match; nil keeps all.
    ///
    /// If the time is shorter than before, what is now too old is hidden at once but removed slowly: one block, or a
    /// tenth of all blocks, after an hour, and again each hour, unless ``confirmClock()`` is called.
    public func setRetention(_ retention: Duration?) {
        var limits = retentionLimits
        limits.age = retention
        setRetention(limits)
    }

    /// Changes all limits on what is kept.
    ///
    /// What is now too old is hidden at once but removed slowly, as ``setRetention(_:)-(Duration?)`` says; so is what
    /// other rules make too old. What earlier limits have hidden and nothing has removed yet is shown again. What is
    /// too much is removed by the next round of maintenance, within a second, whole blocks at a time and the oldest
    /// first: a disk that fills up does not wait.
    ///
    /// With rules, the call looks up their matchers in all blocks, and waits for a running seal or checkpoint.
    public func setRetention(_ limits: RetentionLimits) {
        guard retentionState.withLock({ $0.headClasses != nil }) || limits.rules != .none else {
            retentionState.withLock { $0.limits = limits }
            return observeRetention()
        }
        maintenance.withLock { _ in takeOver(limits) }
    }

    /// The limits on what is kept.
    public var retentionLimits: RetentionLimits { retentionState.withLock { $0.limits } }

    /// Confirms that the clock is right, so that what is too old by it may be removed at once. Call it after the clock
    /// jumped, after an opening that comes a long time after the last one, or after rules were changed.
    public func confirmClock() {
        let reading = clockReading
        retentionState.withLock { $0.clock.confirm(reading, $0.policy) }
        observeRetention()
    }

    /// The state of retention, and how far the newest sample is ahead of the clock, as of the last second. Waits for
    /// nothing.
    public var retention: RetentionStatistics { retentionState.withLock { $0.figures } }

    private var clockReading: RetentionClock.Reading {
        RetentionClock.Reading(wall: configuration.wallClock(), monotonic: configuration.monotonicClock())
    }

    // MARK: What is shown

    /// Reads the clocks and the list of blocks, and sets what queries may see from now on. The maintenance lock must
    /// not be held.
    func observeRetention() {
        guard retentionState.withLock({ $0.headClasses != nil }) else {
            _ = decideRetention()
            return
        }
        maintenance.withLock { _ in _ = refreshRetention() }
    }

    /// Does the same under the maintenance lock.
    func refreshRetention() -> RetentionClock.Decision {
        let decision = decideRetention()
        if retentionState.withLock({ $0.headClasses != nil }) { show(decision, commit.withLock { $0.blocks }) }
        return decision
    }

    /// Reads the clocks and the list of blocks, or looks at other divisions of these. Without rules, this sets what
    /// queries may see.
    func decideRetention(_ divided: [Block]? = nil) -> RetentionClock.Decision {
        let reading = clockReading
        var stock = retentionStock(divided)
        return retentionState.withLock { state in
            stock.allowedRewrites = Set(state.rewrites)
            let decision = state.clock.observe(reading, state.policy, stock)
            state.horizons = decision.horizons
            state.figures.retention = state.limits.age
            state.figures.horizon = decision.horizon.flatMap {
                $0 == .min ? nil : Timestamp(milliseconds: $0)
            }
            state.figures.rules = state.limits.rules.all.enumerated().map { index, rule in
                RetentionRuleStatistics(
                    name: rule.name, keep: rule.keep,
                    horizon: index < decision.horizons.count
                        ? Timestamp(milliseconds: decision.horizons[index]) : nil)
            }
            state.figures.expiredBlocks = decision.expiredBlocks
            state.figures.isCatchingUp =
                state.clock.phase == .catchingUp && decision.expiredBlocks + decision.pendingRewrites > 0
            state.figures.blocksToRewrite = decision.pendingRewrites
            state.figures.pausedByClockJump = nil
            if case .paused(let distance) = state.clock.phase {
                state.figures.pausedByClockJump = .milliseconds(distance)
            }
            state.figures.newestAhead = .milliseconds(Self.ahead(stock.newest, of: reading.wall))
            // While catching up, what was allowed once stays allowed until it is done.
            let allowed = state.clock.phase == .catchingUp ? state.rewrites + decision.rewrites : decision.rewrites
            state.rewrites = allowed
            // With rules, the masks of blocks change at the same moment.
            if state.headClasses == nil { horizon.store(decision.horizon ?? .min, ordering: .relaxed) }
            return decision
        }
    }

    private static func ahead(_ newest: Int64, of clock: Int64) -> Int64 {
        guard newest > clock else { return 0 }
        let (distance, overflow) = newest.subtractingReportingOverflow(clock)
        return overflow ? .max : distance
    }

    private func retentionStock(_ divided: [Block]?) -> RetentionClock.Stock {
        // Damaged blocks count: they take room and expire like the others.
        let blocks = manifest.state.blocks
        let (earliest, latest, open) = commit.withLock { state in
            (
                state.sealing == nil ? state.openMinTime : min(state.openMinTime, state.sealingTimes.lowerBound),
                state.sealing == nil ? state.openMaxTime : max(state.openMaxTime, state.sealingTimes.upperBound),
                state.blocks
            )
        }
        var stock = RetentionClock.Stock(
            blocks: blocks, earliestInMemory: earliest, newest: max(latest, blocks.map(\.maxTime).max() ?? .min))
        stock.unreadable = compactionStatistics.withLock { Set($0.leftOut) }
        for block in divided ?? open { stock.seriesCounts[block.summary.number] = block.classes?.counts }
        return stock
    }

    // MARK: Removing

    /// Drops blocks that retention has passed: first an edit of the MANIFEST, then the files. Called by one thread at a
    /// time.
    func dropExpiredBlocks() {
        var decision = refreshRetention()
        // What has not been rolled up stays, however old it is.
        let waiting = waitingForRollups(decision.removals)
        if !waiting.isEmpty {
            decision.removals.removeAll(where: waiting.contains)
            hurryRollups()
        }
        let (settled, policy) = retentionState.withLock { ($0.clock.settledLimit, $0.clock.settledPolicy) }
        let known = manifest.state
        let isWorthNoting = Self.isWorthNoting(settled, known.settledAgeLimit) || policy != known.settledPolicy
        let moved = settled != nil && isWorthNoting
        guard !isReading else { return }
        if !decision.removals.isEmpty || moved {
            do throws(ManifestError) {
                try drop(decision.removals, settledAgeLimit: settled, settledPolicy: settled == nil ? nil : policy)
            } catch { return note(.age, "Blocks that are too old cannot be removed: \(error)") }
            note(.age, nil)
        }
        guard !decision.removals.isEmpty || !decision.rewrites.isEmpty else { return }
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
