internal import KTSDBModel
internal import Synchronization

/// Why a step of a round failed. Nothing of the step is kept.
enum RollupFailure: Error {
    case read(ReadError)
    case file(FileError)
    case manifest(ManifestError)
    /// Deletions cannot be changed.
    case deletion(DeletionError)
    /// The database is being closed.
    case cancelled

    var description: String {
        switch self {
        case .read(let error): error.description
        case .file(let error): error.description
        case .manifest(let error): error.description
        case .deletion(let error): error.description
        case .cancelled: "The database is being closed."
        }
    }
}

/// Rounds: everything that is in raw blocks, and not in the points of a rule, is rolled up, one day of points a step.
extension Database {
    /// Rolls up everything that is in blocks now, by all rules, and returns what was done. What is in memory is not
    /// sealed for it: raw samples answer for the intervals that it belongs to.
    ///
    /// The database does this by itself, at least once a day. May take as long as reading everything that was sealed
    /// since the last round; for a rule that is new, everything. Appends and queries continue meanwhile.
    /// - Throws: ``RollupError``; what was written before is kept.
    @discardableResult
    public func rollUp() throws(RollupError) -> RollupReport {
        guard !isReading, !isBeingClosed else { throw .unavailable }
        var report = RollupReport()
        while true {
            do throws(RollupFailure) {
                guard try rollUpStep(&report) else { return report }
            } catch {
                if case .cancelled = error { throw .unavailable }
                note(error)
                throw .failed(error.description)
            }
        }
    }

    /// How many steps one call does at most, so that compactions get their turn.
    private static let stepLimit = 16

    /// Does some steps of a round that is due.
    func rollUpIfDue() {
        guard configuration.rollsUpWhenDue, !isReading, !isDiskFull, log?.failure == nil, let rollups else { return }
        let now = configuration.monotonicClock()
        let isInProgress = rollups.commit.withLock { $0.rollupProgress.contains { $0.round != nil } }
        let isDue = rollupState.withLock { state in
            now >= state.nextRound || (isInProgress || state.isUrgent) && state.consecutiveFailures == 0
        }
        guard isDue else { return }
        var report = RollupReport()
        do throws(RollupFailure) {
            for _ in 0..<Self.stepLimit {
                guard try rollUpStep(&report) else {
                    return rollupState.withLock { state in
                        (state.nextRound, state.isUrgent) = (now + roundPause, false)
                        state.consecutiveFailures = 0
                        state.figures.failure = nil
                    }
                }
            }
        } catch { note(error) }
    }

    /// How long after a round the next one begins, in milliseconds: samples of 24 of the shortest intervals wait then.
    private var roundPause: Int64 {
        let shortest = commit.withLock { $0.rollups?.rules.entries.map(\.grid.interval).min() } ?? 0
        return min(max(24 * shortest, 7_200_000), 86_400_000)
    }

    private func note(_ failure: RollupFailure) {
        if case .cancelled = failure { return }
        let now = configuration.monotonicClock()
        rollupState.withLock { state in
            state.figures.failures += 1
            state.figures.failure = failure.description
            // 5 seconds, twice as long each time, at most 10 minutes.
            state.nextRound = now + min(5_000 << Int64(min(state.consecutiveFailures, 20)), 600_000)
            state.consecutiveFailures += 1
        }
    }

    // MARK: A step

    /// Does one step: one day of points of one rule. Returns false if nothing is left to do.
    private func rollUpStep(_ report: inout RollupReport) throws(RollupFailure) -> Bool {
        let result = compaction.withLock { _ -> Result<RollupReport?, RollupFailure> in
            do throws(RollupFailure) { return .success(try rollUpDay()) } catch { return .failure(error) }
        }
        guard let step = try result.get() else { return false }
        report.blocks += step.blocks
        report.points += step.points
        report.samples += step.samples
        return true
    }

    private func rollUpDay() throws(RollupFailure) -> RollupReport? {
        guard !isStopping.load(ordering: .relaxed) else { throw .cancelled }
        if let error = log?.check() { throw .file(error) }
        guard let attachment = commit.withLock({ $0.rollups }), let source = rollupSource() else { return nil }
        for entry in attachment.rules.entries {
            let known = attachment.database.commit.withLock { $0.rollupProgress }
            var progress =
                known.first { $0.identity == entry.identity }
                ?? RollupProgress(identity: entry.identity, interval: UInt64(entry.grid.interval))
            let hasWork =
                !progress.isComplete || progress.round != nil || !source.freshBlocks(progress).isEmpty
                || !source.newRecords(progress).isEmpty
            guard hasWork else { continue }
            return try rollUpDay(of: entry, &progress, source, attachment)
        }
        try forgetRegions(attachment)
        return nil
    }

    private func rollUpDay(
        of entry: RollupRuleSet.Entry, _ progress: inout RollupProgress, _ source: RollupSource,
        _ attachment: RollupAttachment
    ) throws(RollupFailure) -> RollupReport {
        let database = attachment.database
        let round =
            progress.round
            ?? RollupProgress.Round(through: source.through, asOf: source.asOf, nextDay: .min)
        let days = source.days(progress, entry.grid).filter { $0 >= round.nextDay }
        let lastSequence = RollupRank.next(asOf: source.asOf, after: database.manifest.state.sealedThrough)
        var written: [BlockSummary] = [], report = RollupReport()
        if let day = days.first {
            var writer = RollupDayWriter(
                source, entry, of: attachment.rules, progress, to: database, lastSequence: lastSequence,
                seriesLimit: configuration.rollupSeriesLimit, leftOut: rollupState.withLock { $0.leftOut })
            do throws(RollupFailure) {
                written = try writer.write(day: day) { !isStopping.load(ordering: .relaxed) }
            } catch {
                // Without the block whose samples cannot be found, the others can be rolled up.
                if case .read(.damaged(let path, _)) = error,
                    rollupState.withLock({ $0.leftOut.insert(path).inserted })
                {
                    return report
                }
                throw error
            }
            report = writer.report
        }
        if days.count > 1 {
            progress.round = RollupProgress.Round(through: round.through, asOf: round.asOf, nextDay: days[1])
        } else {
            progress.round = nil
            progress.through = max(progress.through, round.through)
            progress.asOf = max(progress.asOf, round.asOf)
            progress.isComplete = true
        }
        try database.publishRollups(written, progress, lastSequence: lastSequence)
        let isComplete = progress.round == nil
        rollupState.withLock { state in
            state.figures.rounds += isComplete ? 1 : 0
            state.figures.writtenPoints += report.points
            state.figures.readSamples += report.samples
        }
        return report
    }

    /// Returns what can be rolled up now; nil while a seal is unfinished, a deletion is not on the disk, or it is not
    /// known which blocks the MANIFEST names.
    private func rollupSource() -> RollupSource? {
        maintenance.withLock { state -> RollupSource? in
            guard state.seal == nil, !manifest.isUndecided else { return nil }
            let (blocks, deletions, missing) = commit.withLock { ($0.blocks, $0.deletions, $0.missing.values) }
            let leftOut = rollupState.withLock { $0.leftOut }
            // A block that could not be opened may be whole at the next opening; a repair takes it out if it is not.
            if let cause = missing.map(\.cause).first {
                rollupState.withLock { $0.figures.failure = "\(cause) Nothing is rolled up without this block." }
                return nil
            }
            let records = deletions + rollupRegions
            let newest = records.map(\.sequence).max() ?? 0
            // A deletion that a power cut could take back must not be in points that survive it.
            guard newest <= log?.durableSequence ?? .max else { return nil }
            let known = manifest.state
            let (rules, horizons) = retentionState.withLock { ($0.limits.rules.all.map(\.matchers), $0.horizons) }
            return RollupSource(
                blocks: blocks.map { block in
                    block.mask == nil ? block : block.masked(by: block.mask?.limited { $0.deletion != nil })
                },
                missing: blocks.filter { leftOut.contains($0.file.path) }.map(\.span),
                records: records, through: known.sealedThrough, asOf: max(known.sealedThrough, newest),
                removedBefore: known.removedThrough.map { $0 == .max ? $0 : $0 + 1 } ?? .min,
                rewrittenBefore: known.rewrittenThrough.map { $0 == .max ? $0 : $0 + 1 } ?? .min,
                retentionRules: rules, horizons: rules.isEmpty ? [] : horizons)
        }
    }

    /// Makes the next round roll up everything that is in raw blocks, although it was rolled up before: after raw
    /// blocks came back, or blocks of rollups were lost. Until then, raw samples answer wherever there are any.
    func rollUpAgain() {
        guard let rollups else { return }
        rollups.maintenance.withLock { _ in
            let changed = rollups.manifest.state.rollups.map { known in
                var progress = known
                (progress.through, progress.asOf, progress.round) = (0, 0, nil)
                return progress
            }
            // If that fails, it counts in memory at least, and the next step of a round stores it.
            try? rollups.manifest.commit(ManifestEdit(rollups: changed))
            rollups.commit.withLock { $0.rollupProgress = changed }
        }
        rollupState.withLock { ($0.nextRound, $0.leftOut) = (.min, []) }
    }

    // MARK: Publishing, in the database of rollups

    /// Makes new blocks part of the database of rollups, together with the record of what is in them: one edit of the
    /// MANIFEST.
    func publishRollups(
        _ written: [BlockSummary], _ progress: RollupProgress, lastSequence: UInt64
    ) throws(RollupFailure) {
        let result = maintenance.withLock { _ -> Result<Void, RollupFailure> in
            do throws(RollupFailure) { return .success(try install(written, progress, lastSequence)) } catch {
                return .failure(error)
            }
        }
        do throws(RollupFailure) { try result.get() } catch {
            // After an undecided edit, the files may be named.
            if case .manifest(.undecided) = error { throw error }
            for block in written { removeBlockFile(block.number) }
            throw error
        }
    }

    private func install(
        _ written: [BlockSummary], _ progress: RollupProgress, _ lastSequence: UInt64
    ) throws(RollupFailure) {
        let records = commit.withLock { $0.deletions }
        var blocks: [Block] = []
        for summary in written {
            do throws(ReadError) {
                let block = try Block.open(
                    fileSystem: files, path: FileName.path(path, .block, summary.number), summary: summary, pages: pages
                )
                blocks.append(divided(try block.hiding(records)))
            } catch { throw .read(error) }
        }
        do throws(ManifestError) {
            try manifest.commit(ManifestEdit(sealedThrough: lastSequence, added: written, rollups: [progress]))
        } catch { throw .manifest(error) }
        noteTimes(of: blocks)
        commit.withLock { state in
            state.blocks = (state.blocks + blocks).sorted { $0.summary.minTime < $1.summary.minTime }
            state.sequence = max(state.sequence, lastSequence)
            state.newest = max(state.newest, blocks.map(\.summary.maxTime).max() ?? .min)
            state.rollupProgress = manifest.state.rollups
        }
    }
}
