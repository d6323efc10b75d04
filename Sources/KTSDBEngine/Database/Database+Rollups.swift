internal import KTSDBModel
internal import Synchronization

/// The database of rollups, and the rules in force. Guarded by the commit lock of the raw database.
struct RollupAttachment: Sendable {
    let database: Database
    var rules: RollupRuleSet

    /// The view of the rollups as they are now; nil without rules.
    func view(rawSince: Int64) -> RollupView? {
        guard !rules.entries.isEmpty else { return nil }
        return database.commit.withLock { state in
            RollupView(
                view: database.view(of: state), rules: rules, progress: state.rollupProgress, rawSince: rawSince)
        }
    }
}

/// What rolling up remembers from one step to the next.
struct RollupState {
    /// When the next round may begin by itself, by the clock that only goes forward.
    var nextRound = Int64.min
    /// Whether retention waits for a round.
    var isUrgent = false
    /// How often a step failed in a row.
    var consecutiveFailures = 0
    /// The files of raw blocks in which nothing can be found, because what leads to their samples is damaged.
    var leftOut: Set<String> = []
    var figures = RollupStatistics()
}

/// Rollups: opening and closing, rules, maintenance. How points are made is in `Database+RollUp.swift`.
extension Database {
    /// The rollup rules in force.
    public var rollupRules: RollupRules {
        let rules = commit.withLock { $0.rollups?.rules.entries.map(\.rule) ?? [] }
        return (try? RollupRules(rules)) ?? .none
    }

    /// The database of rollups; nil without rollups.
    var rollups: Database? { commit.withLock { $0.rollups?.database } }

    private var rollupsPath: String { FileName.directory(path, .rollups) }

    /// Changes which series are rolled up.
    ///
    /// A rule that is new, or that differs in anything but its name and how long points are kept, begins with a round
    /// over all raw blocks, and is used by queries when that is complete. Points that no rule makes any more are
    /// removed slowly, beginning after an hour; without any rules, they stay. Waits for a running seal or checkpoint.
    /// - Throws: ``OpenError`` if there were no rollups yet and their directory cannot be created.
    public func setRollupRules(_ rules: RollupRules) throws(OpenError) {
        guard !isBeingClosed else { return }
        let result = maintenance.withLock { _ -> Result<Void, OpenError> in
            do throws(OpenError) { return .success(try takeOver(rules)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Opens the rollups, if there are any, or if there are rules.
    func attachRollups() throws(OpenError) {
        let exists: Bool
        do throws(FileError) { exists = try files.exists(rollupsPath) } catch { throw OpenError(error) }
        guard exists || configuration.rollupRules != .none else { return }
        try takeOver(configuration.rollupRules)
    }

    /// Called under the maintenance lock, or while the database is being opened.
    private func takeOver(_ rules: RollupRules) throws(OpenError) {
        let set = RollupRuleSet(rules)
        let known = rollups
        guard known != nil || rules != .none else { return }
        let database: Database
        if let known { database = known } else { database = try openRollups(set) }
        database.setRetention(Self.retention(of: set))
        let deletions = commit.withLock { $0.deletions }, regions = rollupRegions
        let records =
            deletions.flatMap { derived($0, for: set, database) } + regions.flatMap { derived($0, for: set, database) }
        database.maintenance.withLock { _ in database.install(records) }
        commit.withLock { $0.rollups = RollupAttachment(database: database, rules: set) }
        rollupState.withLock { $0.nextRound = .min }
    }

    private func openRollups(_ rules: RollupRuleSet) throws(OpenError) -> Database {
        var own = Configuration()
        own.clock = configuration.clock
        own.memory = memory
        own.retentionLimits = Self.retention(of: rules)
        own.runsMaintenance = false
        own.exemplarLimit = 0
        own.diskReserveByteLimit = 0
        own.pageCacheByteLimit = configuration.pageCacheByteLimit / 4
        own.compactsWhenDue = configuration.compactsWhenDue
        own.compactionSliceRows = configuration.compactionSliceRows
        own.scrubBytesPerSecond = configuration.scrubBytesPerSecond
        own.scrubInterval = configuration.scrubInterval
        own.onEvent = configuration.onEvent
        return try Database(
            files: files, path: rollupsPath, configuration: own, isReading: isReading, isRollups: true)
    }

    /// The retention of rollups: that of each rule for its points. Points that no rule makes any more go after an hour,
    /// and slowly, as after any change of retention rules. Without any rules nothing goes: an opening without the
    /// application's configuration must not cost data.
    private static func retention(of rules: RollupRuleSet) -> RetentionLimits {
        var limits = RetentionLimits()
        guard !rules.entries.isEmpty else { return limits }
        limits.age = .seconds(3600)
        let forEver = Duration.seconds(10_000_000_000)
        let kept = rules.entries.compactMap { entry in
            try? RetentionRule(
                entry.rule.name,
                matching: entry.rule.matchers.map { $0 + [RollupLabel.matcher(entry.grid.interval)] },
                keep: entry.rule.keep ?? forEver)
        }
        limits.rules = (try? RetentionRules(kept)) ?? .none
        return limits
    }

    func closeRollups() { try? rollups?.close() }

    // MARK: Maintenance

    /// Does what is due in the database of rollups, except compactions. Called with the maintenance lock of the raw
    /// database.
    func maintainRollups() {
        guard let rollups, !isReading else { return }
        rollups.maintenance.withLock { _ in rollups.dropExpiredBlocks() }
    }

    /// Compacts and scrubs rollups. Called by the thread of compactions.
    func compactRollupsIfDue() {
        guard let rollups, !isReading, log?.failure == nil else { return }
        rollups.compactIfDue()
        rollups.scrubIfDue()
    }

    /// What has been rolled up.
    var rollupStatistics: RollupStatistics {
        var figures = rollupState.withLock { $0.figures }
        let (attachment, blocks) = commit.withLock { ($0.rollups, $0.blocks.map(\.summary.lastSequence)) }
        guard let attachment else { return figures }
        let (progress, stored) = attachment.database.commit.withLock { state in
            (state.rollupProgress, state.blocks.map(\.summary))
        }
        figures.blocks = stored.count
        figures.blockBytes = stored.reduce(0) { $0 + $1.byteCount }
        figures.points = stored.reduce(0) { $0 + $1.sampleCount }
        figures.rules = attachment.rules.entries.map { entry in
            let known = progress.first { $0.identity == entry.identity }
            return RollupRuleStatistics(
                name: entry.rule.name, interval: entry.rule.interval, keep: entry.rule.keep,
                isComplete: known?.isComplete ?? false,
                waitingBlocks: blocks.count { $0 > known?.through ?? 0 })
        }
        return figures
    }

    // MARK: Retention of raw samples

    /// Whether retention by age may remove a raw block, or parts of it: everything in it has been rolled up, and no
    /// deletion hides something in it that could be undone, or that rollups do not know yet, as they may not know yet
    /// of one that was undone. Anything may be removed if there are no rules.
    func isRolledUp(_ number: UInt64) -> Bool {
        let (attachment, block, deletions) = commit.withLock { state in
            (state.rollups, state.blocks.first { $0.summary.number == number }, state.deletions)
        }
        guard let attachment, !attachment.rules.entries.isEmpty,
            let summary = manifest.state.blocks.first(where: { $0.number == number })
        else { return true }
        let progress = attachment.database.commit.withLock { $0.rollupProgress }
        let times = min(summary.minTime, summary.maxTime)...summary.maxTime
        let hidden = block.map { Set($0.mask?.parts.compactMap(\.deletion) ?? []) }
        // What is hidden in a block that cannot be opened is not known.
        let records = deletions.filter { hidden?.contains($0.id) ?? $0.range.overlaps(times) }
        guard records.allSatisfy(\.isFinal) else { return false }
        let newest = (records + rollupRegions.filter { $0.range.overlaps(times) }).map(\.sequence).max() ?? 0
        return attachment.rules.entries.allSatisfy { entry in
            progress.contains {
                $0.identity == entry.identity && summary.lastSequence <= $0.through && newest <= $0.asOf
            }
        }
    }

    /// Returns those of some blocks that retention by age has to leave for now: the ones that are not rolled up, and
    /// those with samples that share an interval with one of these, or are later. Otherwise the time up to which blocks
    /// have been removed would go past what is still to be rolled up.
    func waitingForRollups(_ numbers: [UInt64]) -> Set<UInt64> {
        let known = manifest.state.blocks
        let waiting = numbers.filter { !isRolledUp($0) }
        guard let first = known.filter({ waiting.contains($0.number) }).map(\.minTime).min() else { return [] }
        let longest = commit.withLock { $0.rollups?.rules.entries.map(\.grid.interval).max() } ?? 0
        let (limit, overflow) = first.subtractingReportingOverflow(longest)
        return Set(numbers).intersection(known.filter { overflow || $0.maxTime >= limit }.map(\.number))
    }

    /// Makes a round begin soon, because retention waits for it.
    func hurryRollups() { rollupState.withLock { $0.isUrgent = true } }

    /// Counts raw blocks that are removed although they have not been rolled up.
    func noteLost(_ numbers: [UInt64]) {
        let lost = numbers.count { !isRolledUp($0) }
        guard lost > 0 else { return }
        rollupState.withLock { $0.figures.lostBlocks += lost }
        configuration.onEvent?(.rollupsLost(blocks: lost))
    }
}
