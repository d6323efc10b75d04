internal import KTSDBModel
internal import Synchronization

/// Retention rules: the series of each block are divided into classes, and what is too old of a class is hidden by a
/// part of the block's mask, as deletions are.
extension Database {
    /// Takes over new limits, and divides the series of all blocks by their rules. What is shown changes at one moment.
    /// Called under the maintenance lock.
    func takeOver(_ limits: RetentionLimits) {
        let rules = limits.rules.all.map(\.matchers)
        let areNew = retentionState.withLock { $0.limits.rules.all.map(\.matchers) != rules || $0.headClasses == nil }
        var blocks = commit.withLock { $0.blocks }
        if areNew { blocks = blocks.map { $0.divided(by: rules) } }
        retentionState.withLock { state in
            state.limits = limits
            state.rewrites = []
            if areNew { state.headClasses = rules.isEmpty ? nil : HeadClasses(rules) }
        }
        show(decideRetention(blocks), blocks)
    }

    /// Sets what queries may see, of these divisions of all blocks. Called under the maintenance lock.
    func show(_ decision: RetentionClock.Decision, _ blocks: [Block]) {
        let (classes, policy) = retentionState.withLock { ($0.headClasses, $0.policy) }
        let horizons =
            decision.horizons.isEmpty ? Array(repeating: .min, count: policy.classCount) : decision.horizons
        let shown = blocks.map { $0.shown(since: horizons) ?? $0 }
        commit.withLock { state in
            state.blocks = shown
            state.cuts = classes.map { RetentionCuts(horizons: horizons, classes: $0) }
            state.maskedPolicy = policy.identity
            horizon.store(decision.horizon ?? .min, ordering: .relaxed)
        }
    }

    /// Returns a new block with its series divided by the rules in force, as it is shown now.
    func divided(_ block: Block) -> Block {
        let (rules, horizons) = retentionState.withLock { ($0.limits.rules.all.map(\.matchers), $0.horizons) }
        guard !rules.isEmpty else { return block }
        let divided = block.divided(by: rules)
        return horizons.isEmpty ? divided : divided.shown(since: horizons) ?? divided
    }

    // MARK: Removing

    /// Which hidden samples of the blocks of this state a compaction may leave out: those that final deletions hide,
    /// and, unless retention waits or catches up slowly, those that are too old for their class. What rules hide that
    /// are no longer in force is not left out: it is about to be shown again.
    func leftOut(_ state: CommitState) -> LeftOut {
        let isSteady = retentionState.withLock { retention in
            retention.clock.phase == .steady && retention.policy.identity == state.maskedPolicy
        }
        return LeftOut(deletions: state.finalDeletions, expired: isSteady)
    }

    /// The blocks to be written again without what is too old in them, by the masks of this state.
    func allowedRewrites(_ state: CommitState) -> Set<UInt64> {
        retentionState.withLock { retention in
            retention.policy.identity == state.maskedPolicy ? Set(retention.rewrites) : []
        }
    }

    /// Records that a block was written again, or removed, without what was too old in it.
    func noteRewrite(of number: UInt64, removedSamples: UInt64) {
        note(.rules, nil)
        retentionState.withLock { state in
            state.rewrites.removeAll { $0 == number }
            state.figures.rewrittenBlocks += 1
            state.figures.removedSamples += removedSamples
        }
    }
}
