internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Imports many samples: of any age, in any order, as blocks of their own, without the log and without a place in
    /// memory for their series.
    ///
    /// All of them are stored or none, even after a crash: the blocks become visible together, with one edit of the
    /// MANIFEST, when the call returns. They come after all that was committed when `body` returned; what is in memory
    /// then is written into blocks first. Of samples at one time of a series, stored ones and imported ones, the first
    /// counts, or with ``DuplicatePolicy/keepLast`` the last. What is appended while the call runs is judged without
    /// the import, and at the time of an imported sample it counts only if it replaces what is stored.
    ///
    /// Costs a few hundred nanoseconds a sample. Samples that do not fit into `bufferByteLimit` are written to files
    /// and merged: once more for each factor of 16. Appends and queries continue meanwhile; compactions wait for the
    /// second half of the work, and so does closing. A day that is over becomes one block, and other times one for each
    /// two hours. The disk needs room for the samples twice. Exemplars and metadata are not imported, and neither
    /// ``Configuration/outOfOrderWindow`` nor limits on series apply; samples that are older than the retention are
    /// removed again.
    /// - Parameters:
    ///   - duplicates: Which of two samples at one time counts; nil for ``Configuration/duplicates``. With
    ///     ``DuplicatePolicy/reject``, the later one is left out without being counted.
    ///   - bufferByteLimit: How many bytes of memory the samples that wait to be written and the labels of their series
    ///     may take, at least 4 KiB: 44 bytes a sample, and 200 bytes and the labels a series. An eighth of it while
    ///     memory is short. Merging takes as much as a compaction of these series.
    ///   - progress: Is called after each file that was written, and for every 256 series that are merged. What it
    ///     throws ends the import. It may not call methods that maintain, compact, reclaim, import or close.
    ///   - body: Adds the samples.
    /// - Returns: What was taken, and what became of it.
    /// - Throws: What `body` or `progress` throws, or ``ImportError``; then nothing is stored.
    @discardableResult
    public func importSamples(
        duplicates: DuplicatePolicy? = nil, bufferByteLimit: Int = 64 << 20,
        progress: @escaping (ImportProgress) throws -> Void = { _ in },
        _ body: (inout ImportBatch) throws -> Void
    ) throws -> ImportReport {
        try checkImport()
        let target = ImportFiles(files: files, path: path, numbers: blockNumbers)
        let parts = ImportParts(
            target, replaces: (duplicates ?? configuration.duplicates) == .keepLast,
            sliceRows: configuration.compactionSliceRows, account: MemoryAccount(memory, .imports)
        ) { self.isBeingClosed }
        var batch = ImportBatch(
            parts, limits: configuration.labelLimits, latest: acceptancePolicy.latest, byteLimit: bufferByteLimit,
            ledger: memory, progress: progress)
        defer {
            batch.parts.remove()
            reportSpace()
        }
        try body(&batch)
        try batch.write()
        batch.release()
        var report = ImportReport()
        report.samples = batch.appended
        report.rejections = batch.rejections.dictionary
        if report.samples > 0 { try store(batch, progress, in: &report) }
        return report
    }

    private func checkImport() throws(ImportError) {
        guard !isBeingClosed else { throw .closed }
        if let error = log?.check() { throw ImportError(error) }
        do throws(AppendError) { try checkSpace() } catch { throw .diskFull(path: path) }
    }

    /// Makes blocks of what was collected and publishes them. No compaction runs meanwhile: one of blocks from before
    /// and after the import would change which samples count.
    private func store(
        _ batch: borrowing ImportBatch, _ progress: (ImportProgress) throws -> Void, in report: inout ImportReport
    ) throws {
        let (parts, windows) = (batch.parts, batch.windows)
        report = try compaction.withLock { _ -> Result<ImportReport, any Error> in
            var report = report
            return Result {
                let line = try drawImportLine()
                let blocks = try merge(parts, windows, line.sequence) { planned, written in
                    try progress(
                        ImportProgress(samples: report.samples, plannedBlocks: planned, writtenBlocks: written))
                }
                report.series = try publishImport(blocks, parts, line)
                report.blocks = blocks.count
                report.storedSamples = blocks.reduce(0) { $0 + $1.sampleCount }
                report.bytes = blocks.reduce(0) { $0 + $1.byteCount }
                return report
            }
        }.get()
    }

    // MARK: The line

    /// Where an import is in the order of commits.
    struct ImportLine {
        /// Its commit: what was committed before is in blocks of lower ranks, and what is committed later gets a higher
        /// one.
        var sequence: UInt64
        /// The number of the head generation that began there.
        var generation: UInt32
    }

    /// Seals everything in memory and makes a commit for the import alone.
    private func drawImportLine() throws(ImportError) -> ImportLine {
        let result = maintenance.withLock { state -> Result<ImportLine, ImportError> in
            do throws(ImportError) { return .success(try drawImportLine(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func drawImportLine(_ state: inout MaintenanceState) throws(ImportError) -> ImportLine {
        try checkImport()
        guard state.seal == nil || seal(&state) else { throw .sealFailed(state.sealFailure ?? "") }
        do throws(LogError) { try log?.makeGood() } catch { throw ImportError(error) }
        let policy = acceptancePolicy
        var line = ImportLine(sequence: 0, generation: 0), newest = Int64.min
        let (drawn, committed, records) = commit.withLock {
            state -> (Result<Seal?, SealError>, Result<UInt64, ImportError>, RecordTable) in
            guard !state.isClosed else { return (.success(nil), .failure(.closed), RecordTable()) }
            let drawn = drawLine(&state), records = head.sideData.withLock { $0.records }
            guard case .success = drawn else { return (drawn, .failure(.closed), records) }
            (line.generation, newest) = (head.openGeneration.number, state.newest)
            return (drawn, commitNothing(policy, &state), records)
        }
        do throws(SealError) { state.seal = try drawn.get() } catch { throw ImportError(error) }
        state.sealedRecords = records
        guard state.seal == nil || seal(&state) else { throw .sealFailed(state.sealFailure ?? "") }
        line.sequence = try committed.get()
        do throws(LogError) { try log?.waitUntilDurable(line.sequence) } catch { throw ImportError(error) }
        if manifest.state.sealedThrough < line.sequence {
            // Nothing up to the import's commit is in memory.
            do throws(ManifestError) {
                try manifest.commit(ManifestEdit(sealedThrough: line.sequence, newest: newest))
            } catch { throw .failed(error.description) }
        }
        state.checkpoints.isDue = true
        return line
    }

    /// Makes a commit without samples.
    private func commitNothing(_ policy: AcceptancePolicy, _ state: inout CommitState) -> Result<UInt64, ImportError> {
        if let log {
            var encoded = EncodedCommit()
            encoded.encode(CommitSideData())
            do throws(LogError) {
                try log.prepare(byteCount: encoded.body.byteCount)
                state.sequence = try log.append(policy.context, encoded.body)
            } catch { return .failure(ImportError(error)) }
        } else {
            state.sequence += 1
        }
        observers.announce(state.sequence, appended: 0)
        return .success(state.sequence)
    }

    // MARK: Merging

    /// Marks the import as unfinished and writes one block for each span of time.
    private func merge(
        _ parts: ImportParts, _ windows: Set<Int64>, _ sequence: UInt64, _ progress: (Int, Int) throws -> Void
    ) throws -> [BlockSummary] {
        let byteCount = parts.all.reduce(0) { $0 + $1.byteCount }
        do throws(CompactionFailure) { try checkRoom(for: byteCount) } catch { throw ImportError(error) }
        let inputs = try parts.open(parts.all)
        let spans = ImportSpans.of(
            windows, now: configuration.wallClock(), makesDays: makesDays(of: byteCount))
        let numbers = spans.map { _ in blockNumbers.next() }
        let origin = BlockOrigin(
            .import(parts.target.number, blocks: numbers), nextSeriesID: head.seriesNumberLimit)
        var written: [BlockSummary] = []
        do {
            do throws(FileError) { try parts.target.mark() } catch { throw ImportError(error) }
            var read: UInt64 = 0
            for (span, number) in zip(spans, numbers) {
                let own = inputs.filter {
                    $0.summary.minTime <= span.times.upperBound && $0.summary.maxTime >= span.times.lowerBound
                }
                let block = try merge(own, span, number, origin, parts, sequence, &read) {
                    try progress(spans.count, written.count)
                }
                written.append(block)
            }
            let count = inputs.reduce(0) { $0 + $1.summary.sampleCount }
            guard read == count else {
                throw ImportError.failed("\(read) of \(count) samples were found again in the import's own files.")
            }
            try progress(spans.count, written.count)
            do throws(FileError) { try files.syncDirectory(FileName.directory(path, .blocks)) } catch {
                throw ImportError(error)
            }
        } catch {
            parts.target.withdraw(written)
            throw error
        }
        return written
    }

    /// Whether a day may become one block: not where any series are kept for too short a time, since blocks are removed
    /// whole, and not if a block of all days together would be too much of what the database may take.
    private func makesDays(of byteCount: UInt64) -> Bool {
        let (keeps, limit) = retentionState.withLock { ($0.policy.keeps, $0.figures.size.limit) }
        if keeps.contains(where: { keep in keep.map { $0 / 10 < CompactionPlanner.spans[1] } ?? false }) {
            return false
        }
        return limit.map { byteCount <= SizeRetention.largestPlan(within: $0) } ?? true
    }

    private func merge(
        _ inputs: [Block], _ span: ImportSpans.Span, _ number: UInt64, _ origin: BlockOrigin, _ parts: ImportParts,
        _ sequence: UInt64, _ read: inout UInt64, _ progress: () throws -> Void
    ) throws -> BlockSummary {
        let account = MemoryAccount(memory, .imports)
        var writer: BlockWriter, failure: (any Error)?
        do throws(FileError) {
            writer = try parts.target.blockWriter(
                number, lastSequence: sequence, level: span.level, replaces: parts.replaces)
        } catch { throw ImportError(error) }
        writer.origin = origin
        var merger = BlockMerger(
            inputs, in: span.times, sliceRows: configuration.compactionSliceRows, account: account)
        do throws(CompactionFailure) {
            try merger.write(to: &writer) { done, _ in
                guard !isBeingClosed else { return false }
                guard done % 256 == 0 else { return true }
                do { try progress() } catch { failure = error }
                return failure == nil
            }
        } catch { throw failure ?? ImportError(error) }
        read += merger.samplesRead
        account.set(writer.bufferedByteCount + writer.indexByteCount)
        do throws(FileError) { return try writer.finish() } catch { throw ImportError(error) }
    }
}
