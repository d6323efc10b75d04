internal import KTSDBModel
internal import Synchronization

/// An import that is published and still marked as unfinished.
struct UnfinishedImport {
    /// Its number.
    var number: UInt64
    /// The series whose newest sample it changed: the log has to say so before the mark goes.
    var raised: [SeriesID] = []
}

/// How an import is shown: one edit of the MANIFEST names its blocks, one change under the commit lock shows them and
/// raises the newest samples of series in memory, the log says that, and then the mark goes.
///
/// A power cut before the edit leaves nothing of the import. After the edit all of it is there; the next opening sees
/// the mark and looks up the newest samples again, because the log may lack them.
extension Database {
    /// Publishes the blocks and shows them; returns how many series they have.
    func publishImport(
        _ blocks: [BlockSummary], _ parts: ImportParts, _ line: ImportLine
    ) throws(ImportError) -> Int {
        let result = maintenance.withLock { state -> Result<Int, ImportError> in
            do throws(ImportError) {
                return .success(try publish(blocks, parts, line, &state))
            } catch {
                // The next opening needs the files if the MANIFEST names them.
                if case .undecided = error {} else { parts.target.withdraw(blocks) }
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func publish(
        _ blocks: [BlockSummary], _ parts: ImportParts, _ line: ImportLine, _ state: inout MaintenanceState
    ) throws(ImportError) -> Int {
        guard !isBeingClosed else { throw .closed }
        if let error = log?.check() { throw ImportError(error) }
        var opened: [Block] = []
        var brought: ImportedNewest
        do throws(ReadError) {
            for summary in blocks {
                let block = try Block.open(
                    fileSystem: files, path: FileName.path(path, .block, summary.number), summary: summary,
                    pages: pages)
                opened.append(divided(try block.hiding(commit.withLock { $0.deletions })))
            }
            brought = try newest(broughtBy: opened)
        } catch { throw .failed(error.description) }
        do throws(ManifestError) {
            try manifest.commit(ManifestEdit(added: blocks, importedThrough: line.sequence))
        } catch { throw ImportError(error) }
        let raised = commit.withLock { state in
            noteTimes(of: opened)
            maskChanges.add(1, ordering: .relaxed)
            state.blocks = (state.blocks + opened).sorted { $0.summary.minTime < $1.summary.minTime }
            lookUpNewSeries(&brought, in: opened)
            return raise(brought, replaces: parts.replaces, since: line.generation)
        }
        state.checkpoints.isDue = true
        state.unfinishedImports.append(UnfinishedImport(number: parts.target.number, raised: raised))
        finishImports(&state)
        return brought.seriesCount
    }

    // MARK: Newest samples

    /// The newest samples that an import has of series in memory.
    private struct ImportedNewest {
        var samples: [UInt32: (id: SeriesID, sample: NewestSample)] = [:]
        /// Series with this number or a higher one were not looked up.
        var numberLimit: UInt64
        var seriesCount = 0
    }

    /// Finds the newest samples that blocks have of series in memory. Called under the maintenance lock, so that no
    /// series leaves memory meanwhile.
    private func newest(broughtBy blocks: [Block]) throws(ReadError) -> ImportedNewest {
        var brought = ImportedNewest(numberLimit: head.seriesNumberLimit), fingerprints: Set<UInt64> = []
        let account = MemoryAccount(memory, .imports)
        for block in blocks {
            let reader = BlockNewest(block, in: .min ... .max)
            for series in 0..<UInt32(block.seriesCount) {
                fingerprints.insert(try block.fingerprint(of: series))
                guard let id = head.id(of: try block.labels(of: series)),
                    let sample = try newest(of: series, in: block, reader),
                    sample.time > brought.samples[id.slot]?.sample.time ?? .min
                else { continue }
                brought.samples[id.slot] = (id, sample)
            }
            account.set(fingerprints.count * 16 + brought.samples.count * 64)
        }
        brought.seriesCount = fingerprints.count
        return brought
    }

    /// Looks up the few series that have come into memory since the others were looked up. Called under the commit
    /// lock.
    private func lookUpNewSeries(_ brought: inout ImportedNewest, in opened: [Block]) {
        let added = head.series(numberedFrom: brought.numberLimit)
        guard !added.isEmpty, let latest = opened.map(\.summary.maxTime).max() else { return }
        let blocks = opened.sorted { $0.summary.maxTime > $1.summary.maxTime }
        var readers: [UInt64: BlockNewest] = [:]
        for id in added {
            let (labels, fingerprint) = head.series.withLock { ($0.labels(of: id.slot), $0.fingerprint(of: id.slot)) }
            do throws(ReadError) {
                guard let sample = try newestInBlocks(labels, fingerprint, since: .min, blocks, &readers) else {
                    continue
                }
                brought.samples[id.slot] = (id, sample)
            } catch {
                // What cannot be read may be as late as anything in the import.
                brought.samples[id.slot] = (id, NewestSample(time: latest, bits: NewestSample.unknownBits))
            }
        }
    }

    /// Raises the newest samples of series in memory. Called under the commit lock; returns those that had an earlier
    /// one.
    private func raise(_ brought: ImportedNewest, replaces: Bool, since generation: UInt32) -> [SeriesID] {
        var raised: [SeriesID] = []
        for (id, sample) in brought.samples.values
        where head.raiseNewest(of: id, to: sample, replaces: replaces, since: generation) {
            raised.append(id)
        }
        return raised.sorted { $0.slot < $1.slot }
    }

    // MARK: Finishing

    /// Has the log say what imports have changed, and removes their marks. What fails is tried again in the next round
    /// of maintenance, and after that by the next opening. Called by one round of maintenance at a time.
    func finishImports(_ state: inout MaintenanceState) {
        while let next = state.unfinishedImports.first {
            do throws(LogError) { try logNewest(of: next.raised) } catch { return }
            state.unfinishedImports[0].raised = []
            do throws(FileError) { try ImportFiles.unmark(next.number, files, path) } catch { return }
            state.unfinishedImports.removeFirst()
        }
    }

    /// How many series one commit defines.
    private static let definitionCount = 4096

    /// Makes commits that have nothing but the newest samples of series, by which later ones are judged, and waits
    /// until they are on the disk. Series whose next commit has said it already are left out.
    private func logNewest(of series: [SeriesID]) throws(LogError) {
        guard let log, !series.isEmpty else { return }
        try log.makeGood()
        var last: UInt64 = 0
        for first in stride(from: 0, to: series.count, by: Self.definitionCount) {
            let some = series[first..<min(first + Self.definitionCount, series.count)]
            let result = commit.withLock { state -> Result<UInt64, LogError> in
                guard !state.isClosed else { return .failure(.closed) }
                do throws(LogError) { return .success(try logNewest(of: some, log, &state)) } catch {
                    return .failure(error)
                }
            }
            last = try result.get()
        }
        try log.waitUntilDurable(last)
    }

    private func logNewest(
        of series: ArraySlice<SeriesID>, _ log: LogWriter, _ state: inout CommitState
    ) throws(LogError) -> UInt64 {
        let slots = head.series.withLock { table in
            series.filter { table.number(of: $0.slot) == $0.number }.map(\.slot)
        }
        var encoded = EncodedCommit()
        encoded.encode(CommitSideData())
        try log.prepare(byteCount: encoded.body.byteCount)
        let definitions = head.define(slots.span, in: UInt32(truncatingIfNeeded: log.segmentNumber))
        guard !definitions.isEmpty else { return state.sequence }
        encoded.define(definitions.map(\.definition))
        do throws(LogError) { state.sequence = try log.append(acceptancePolicy.context, encoded.body) } catch {
            head.undefine(definitions)
            throw error
        }
        observers.announce(state.sequence, appended: 0)
        return state.sequence
    }

    /// The number of the import that made a block; nil if none did, or if that cannot be read.
    private static func importNumber(of block: Block) -> UInt64? {
        guard case .import(let number, _) = (try? block.origin())?.kind else { return nil }
        return number
    }

    /// Finishes imports that were published before the process ended, when the database is opened. One whose blocks
    /// cannot be read stays marked.
    func resumeImports(_ numbers: [UInt64]) {
        guard !numbers.isEmpty else { return }
        maintenance.withLock { state in
            for number in numbers {
                let blocks = commit.withLock { $0.blocks }.filter { Self.importNumber(of: $0) == number }
                guard let first = blocks.first else { continue }
                do throws(ReadError) {
                    let brought = try newest(broughtBy: blocks)
                    // Everything in memory came after the import if nothing has been sealed since.
                    let isLast = manifest.state.sealedThrough == first.summary.lastSequence
                    let raised = commit.withLock { _ in
                        raise(
                            brought, replaces: first.summary.replaces,
                            since: isLast ? head.openGeneration.number : 0)
                    }
                    state.unfinishedImports.append(UnfinishedImport(number: number, raised: raised))
                } catch { continue }
            }
            finishImports(&state)
        }
    }
}
