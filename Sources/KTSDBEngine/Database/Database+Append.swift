internal import CLibrary
package import KTSDBModel
internal import Synchronization

extension Database {
    /// Commits a batch: all of its samples or none, even after a crash.
    ///
    /// The batch is filled without holding any lock. Samples may be of any age, in any order, unless
    /// ``Configuration/outOfOrderWindow`` limits that; those that are repeated with another value
    /// (``Configuration/duplicates``) or beyond a limit are counted in the summary, not thrown. When the call returns,
    /// views include the commit, and it is as durable as the configuration says.
    /// - Throws: ``AppendError``.
    @discardableResult
    public func append(_ body: (inout Batch) -> Void) throws(AppendError) -> CommitSummary {
        var batch = Batch(head: head)
        body(&batch)
        return try commit(&batch)
    }

    /// Commits a batch of samples from the past as if `time` was now: they may be of any age, and in series that have
    /// samples after `time`.
    ///
    /// No sample may be after `time`. The samples of a series have to come in the order of time, from call to call,
    /// too.
    /// - Throws: ``AppendError``.
    @discardableResult
    package func appendPast(asOf time: Timestamp, _ body: (inout Batch) -> Void) throws(AppendError) -> CommitSummary {
        var batch = Batch(head: head)
        body(&batch)
        let policy = AcceptancePolicy(wallClock: time.milliseconds, maximumFuture: 0, window: .max)
        return try commit(&batch, policy)
    }

    /// Commits a batch, unless `body` throws: then nothing of it is stored, and the series that it made are taken out
    /// again.
    @discardableResult
    public func append<Failure: Error>(_ body: (inout Batch) throws(Failure) -> Void) throws -> CommitSummary {
        var batch = Batch(head: head)
        do throws(Failure) { try body(&batch) } catch {
            withdraw(batch.created)
            throw error
        }
        return try commit(&batch)
    }

    /// The acceptance policy as of now.
    var acceptancePolicy: AcceptancePolicy {
        AcceptancePolicy(
            wallClock: configuration.wallClock(), maximumFuture: configuration.maximumFuture?.milliseconds ?? .max,
            window: outOfOrderWindow.load(ordering: .relaxed), duplicates: configuration.duplicates)
    }

    /// Changes how much older than the newest of all samples late samples may be, from the next commit on
    /// (``Configuration/outOfOrderWindow``); nil for no limit.
    public func setOutOfOrderWindow(_ window: Duration?) {
        outOfOrderWindow.store(window.map { max(0, $0.milliseconds) } ?? .max, ordering: .relaxed)
    }

    /// Whether each of these series is in memory, as ``Batch/isCurrent(_:)`` says of one.
    package func areCurrent(_ ids: [SeriesID]) -> [Bool] {
        head.series.withLock { series in
            ids.map { series.number(of: $0.slot) == $0.number && series.isLive($0.slot) }
        }
    }

    /// Lets go of the series that a batch has made and for which nothing was stored.
    private func withdraw(_ created: [SeriesID]) {
        if !created.isEmpty { commit.withLock { _ in head.withdraw(created) } }
    }

    private func commit(
        _ batch: inout Batch, _ policy: AcceptancePolicy? = nil
    ) throws(AppendError) -> CommitSummary {
        do throws(AppendError) { return try store(&batch, policy) } catch {
            reportSpace()
            if case .notDurable = error { throw error }
            withdraw(batch.created)
            throw error
        }
    }

    private func store(
        _ batch: inout Batch, _ given: AcceptancePolicy?
    ) throws(AppendError) -> CommitSummary {
        if let log {
            try checkSpace()
            do throws(LogError) {
                try log.makeGood()
                try log.waitForSpace()
            } catch { throw AppendError(error) }
        }
        var policy = given ?? acceptancePolicy
        policy.duplicates = batch.duplicates ?? policy.duplicates
        let newest = newestTime.load(ordering: .relaxed)
        batch.finish(policy, newest: newest)
        if !batch.sideData.isEmpty { batch.finishSideData(policy, newest: newest) }
        var summary = CommitSummary()
        guard batch.count > 0 || !batch.sideData.isEmpty else {
            summary.rejections = batch.rejections.dictionary
            summary.sequence = commit.withLock { state in
                state.count(ApplyOutcome(newest: state.newest), batch.rejections)
                return state.sequence
            }
            countExemplars(batch, ExemplarCounts(), in: &summary)
            return summary
        }
        let returning = returningSeries(in: batch, policy)
        var encoded = EncodedCommit()
        if log != nil {
            encoded.encode(
                ids: batch.numbers.span, times: batch.times.span, values: batch.values.span, details: batch.details,
                sideData: batch.sideData)
        }
        let result = commit.withLock { state -> Result<(UInt64, ApplyOutcome, ExemplarCounts), AppendError> in
            do throws(AppendError) {
                guard !state.isClosed else { throw .closed }
                if !batch.sideData.records.isEmpty {
                    let byteCount = head.sideData.withLock { $0.records.byteCount(after: batch.sideData.records) }
                    guard byteCount <= RecordTable.byteLimit else {
                        throw .recordsTooLarge(byteCount: byteCount, limit: RecordTable.byteLimit)
                    }
                }
                let mayBeStale = head.hasRetired(since: batch.epoch)
                if mayBeStale { batch.refresh() }
                let hopeless = batch.dropHopeless(policy, newest: state.newest)
                if !hopeless.isEmpty {
                    head.withdraw(batch.created.filter { hopeless.contains($0.slot) })
                    if batch.count == 0, batch.sideData.isEmpty {
                        state.count(ApplyOutcome(newest: state.newest), batch.rejections)
                        return .success((state.sequence, ApplyOutcome(newest: state.newest), ExemplarCounts()))
                    }
                }
                if log != nil, mayBeStale || !hopeless.isEmpty {
                    encoded.encode(
                        ids: batch.numbers.span, times: batch.times.span, values: batch.values.span,
                        details: batch.details, sideData: batch.sideData)
                }
                if batch.earliest <= latestInBlocks.load(ordering: .relaxed) {
                    judgeByBlocks(batch, policy, returning, mayBeStale: mayBeStale, state)
                }
                if let log {
                    state.sequence = try write(batch, &encoded, policy, to: log)
                } else {
                    state.sequence += 1
                }
                let outcome = apply(batch, policy, &state)
                state.note(outcome, at: given == nil ? policy.wallClock : configuration.wallClock())
                state.count(outcome, batch.rejections)
                let exemplars =
                    batch.sideData.isEmpty
                    ? ExemplarCounts() : head.sideData.withLock { $0.apply(batch.sideData, policy) }
                observers.announce(state.sequence, appended: outcome.appended)
                return .success((state.sequence, outcome, exemplars))
            } catch { return .failure(error) }
        }
        let (sequence, outcome, exemplars) = try result.get()
        summary.sequence = sequence
        summary.appended = outcome.appended
        summary.repeated = outcome.repeated
        var rejections = batch.rejections.dictionary
        for (reason, count) in outcome.rejections.dictionary { rejections[reason, default: 0] += count }
        summary.rejections = rejections
        countExemplars(batch, exemplars, in: &summary)
        if let log, configuration.durability == .durable {
            do throws(LogError) { try log.waitUntilDurable(summary.sequence) } catch {
                throw .notDurable(sequence: summary.sequence)
            }
        }
        if !batch.sideData.metadata.isEmpty, head.sideData.withLock({ $0.metadata.isDueForPruning }) { pruneMetadata() }
        if head.openGeneration.byteCount >= openLimit.load(ordering: .relaxed) { ticker.withLock { $0 }?.wake() }
        return summary
    }

    /// Writes the commit into the log, with the definitions that its segment lacks.
    private func write(
        _ batch: borrowing Batch, _ encoded: inout EncodedCommit, _ policy: AcceptancePolicy, to log: LogWriter
    ) throws(AppendError) -> UInt64 {
        do throws(LogError) {
            try log.prepare(byteCount: encoded.body.byteCount)
            let segment = UInt32(truncatingIfNeeded: log.segmentNumber)
            var definitions = head.define(batch.slots.span, in: segment)
            if !batch.sideData.exemplars.isEmpty {
                definitions += head.define(batch.sideData.exemplars.slots.span, in: segment)
            }
            do throws(LogError) {
                encoded.define(definitions.map(\.definition))
                return try log.append(policy.context, encoded.body)
            } catch {
                head.undefine(definitions)
                throw error
            }
        } catch {
            throw AppendError(error)
        }
    }

    /// Adds what happened to a batch's exemplars to its summary and to the database's statistics.
    private func countExemplars(
        _ batch: borrowing Batch, _ applied: ExemplarCounts, in summary: inout CommitSummary
    ) {
        let early = batch.exemplarCounts
        if early != ExemplarCounts() { head.sideData.withLock { $0.count(early) } }
        summary.exemplars = applied
        summary.exemplars += early
    }

    private func apply(
        _ batch: borrowing Batch, _ policy: AcceptancePolicy, _ state: inout CommitState
    ) -> ApplyOutcome {
        let outcome = head.apply(
            slots: batch.slots.span, times: batch.times.span, values: batch.values.span, details: batch.details,
            policy: policy, newest: state.newest)
        state.newest = outcome.newest
        newestTime.store(state.newest, ordering: .relaxed)
        return outcome
    }
}

extension Database.CommitState {
    /// Updates the state with what a commit stored.
    mutating func note(_ outcome: ApplyOutcome, at now: Int64) {
        newest = outcome.newest
        openMinTime = min(openMinTime, outcome.earliestStored)
        openMaxTime = max(openMaxTime, outcome.latestStored)
        if openSince == nil, outcome.appended > 0 { openSince = now }
    }

    /// Counts what a commit stored, and what it and its batch rejected.
    mutating func count(_ outcome: ApplyOutcome, _ rejections: RejectionCounts) {
        appended += outcome.appended
        late += outcome.late
        for counts in [outcome.rejections, rejections] {
            for (reason, count) in counts.dictionary { rejected[reason, default: 0] += count }
        }
    }
}

extension AppendError {
    init(_ error: LogError) {
        switch error {
        case .diskFull(let path): self = .diskFull(path: path)
        case .failed(let error): self = .file(path: error.path, operation: error.operation, code: error.code)
        // Commits that were made wait for their sync elsewhere: this one was refused.
        case .notDurable(_, let error): self = .unavailable(StorageFault(error))
        case .closed: self = .closed
        case .frameTooLarge(let byteCount): self = .batchTooLarge(byteCount: byteCount)
        case .unsupportedVersion(let path, _), .malformed(let path, _):
            self = .file(path: path, operation: "append", code: EIO)
        }
    }
}
