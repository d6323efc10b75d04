internal import KTSDBModel
internal import Synchronization

/// The moment of a checkpoint: it writes what existed then, whatever is appended meanwhile.
private struct CheckpointCut {
    var header: SamplesHeader
    var slabs: [Slab]
    var pin: UInt32
    /// The segment that later commits go to.
    var segment: UInt32
    /// Slots whose series are being removed: they are not written.
    var retired: Set<UInt32>
    /// Exemplars and metadata.
    var sideData: SideDataCopy
}

extension Database {
    /// Writes a checkpoint if one is due: after a seal, or when the log since the last one has grown long. Called by
    /// one thread at a time. A failure leaves everything as it was; the next attempt comes later.
    func writeCheckpointIfDue(_ state: inout MaintenanceState) {
        // Samples on their way into blocks are in no slab: the log has to keep them until the blocks have them.
        guard let log, state.seal == nil, isCheckpointDue(state.checkpoints, log) else { return }
        do throws(CheckpointError) {
            try writeCheckpoint(&state.checkpoints, log)
            maintenanceFigures.withLock { $0.failure = nil }
        } catch {
            state.checkpoints.retryAt = configuration.monotonicClock() + 5_000
            maintenanceFigures.withLock { figures in
                figures.failedCount += 1
                figures.failure = error.description
            }
            if error.isDiskFull { giveUpOlderCheckpoint(state.checkpoints, log) }
        }
        head.definitionFloor = .max
        HeapMemory.releaseFreePages()
    }

    private func isCheckpointDue(_ keeper: CheckpointKeeper, _ log: LogWriter) -> Bool {
        let latest = keeper.latest?.record
        if latest?.sequence == log.lastSequence { return false }
        if keeper.isDue { return true }
        let limit = max(UInt64(configuration.checkpointLogByteLimit), (latest?.samplesByteCount ?? 0) / 4)
        let freshSeries = head.series.withLock { $0.journal.end } - (keeper.latest?.file.slots ?? 0)
        let weight = UInt64(max(0, freshSeries) * Self.freshSeriesWeight)
        return log.byteCount(after: latest?.sequence ?? 0) + weight >= limit
    }

    /// How many bytes of samples in the log take as long to replay as the definition of one series.
    private static let freshSeriesWeight = 128

    /// Removes the older checkpoint to make room for the newer one, or for the next. If that fails too, the failure is
    /// reported along with that of the checkpoint.
    func giveUpOlderCheckpoint(_ keeper: CheckpointKeeper, _ log: LogWriter) {
        do throws(CheckpointError) { try dropOlder(keeper, log) } catch {
            maintenanceFigures.withLock { figures in
                figures.failure =
                    (figures.failure.map { $0 + " " } ?? "")
                    + "The older checkpoint could not be given up either: \(error)"
            }
        }
    }

    /// Gives up the older of two checkpoints, and the log that only it needs.
    private func dropOlder(_ keeper: CheckpointKeeper, _ log: LogWriter) throws(CheckpointError) {
        let known = manifest.state.checkpoints
        guard known.count > 1, let latest = keeper.latest?.record, latest == known.last else { return }
        let older = known.dropLast()
        do throws(ManifestError) {
            try manifest.commit(ManifestEdit(removedCheckpoints: older.map(\.number)))
        } catch { throw .manifest(error) }
        removeFiles(of: Array(older))
        do throws(LogError) { try log.removeSegments(through: latest.sequence) } catch { throw .log(error) }
    }

    /// Removes the files of checkpoints that the MANIFEST no longer names.
    private func removeFiles(of removed: [CheckpointRecord]) {
        let used = Set(manifest.state.checkpoints.map(\.seriesFile))
        for old in removed {
            try? files.remove(FileName.path(path, .samples, old.number))
            SideDataFile.remove(old.number, directory: path, files)
            if !used.contains(old.seriesFile) { try? files.remove(FileName.path(path, .series, old.seriesFile)) }
        }
    }

    /// Removes the log's segments that nothing can need any more: those before the older of two checkpoints. If no
    /// checkpoint has been written although the log is many times too long, segments whose samples are in blocks are
    /// removed. A failure is tried again by the next round.
    func removeSegments() {
        let state = manifest.state
        switch state.checkpoints.count {
        case 0 where log?.byteCount ?? 0 > UInt64(configuration.checkpointLogByteLimit) * 8:
            if repeatRecords() { try? log?.removeSegments(through: state.sealedThrough) }
        case 0, 1: break
        case let count: try? log?.removeSegments(through: state.checkpoints[count - 2].sequence)
        }
    }

    /// Commits all records again, so that they no longer need the earlier log: blocks have no records.
    ///
    /// - Returns: Whether the log can be removed as far as the records are concerned.
    private func repeatRecords() -> Bool {
        guard let log else { return false }
        // Where no segment would go, nothing is repeated: else each round would make the log longer.
        guard log.canRemoveSegments(through: manifest.state.sealedThrough) else { return false }
        let result = commit.withLock { state -> Result<UInt64?, LogError> in
            var sideData = CommitSideData()
            sideData.records = head.sideData.withLock { $0.records }.asChanges
            guard !sideData.isEmpty else { return .success(nil) }
            var encoded = EncodedCommit()
            encoded.encode(sideData)
            do throws(LogError) {
                try log.prepare(byteCount: encoded.body.byteCount)
                state.sequence = try log.append(acceptancePolicy.context, encoded.body)
                observers.announce(state.sequence, appended: 0)
                return .success(state.sequence)
            } catch { return .failure(error) }
        }
        do throws(LogError) {
            if let sequence = try result.get() { try log.waitUntilDurable(sequence) }
            return true
        } catch { return false }
    }

    // MARK: Writing

    private func writeCheckpoint(_ keeper: inout CheckpointKeeper, _ log: LogWriter) throws(CheckpointError) {
        let known = manifest.state.checkpoints
        let number = max(known.last?.number ?? 0, keeper.lastNumber) + 1
        keeper.lastNumber = number
        let cut = try cut(number, log)
        let spare = keeper.spare
        let (samples, file) = try writeFiles(&keeper, cut)
        // The checkpoint must not be ahead of the log: the one before it and the log can then always take its place.
        do throws(LogError) { try log.waitUntilDurable(cut.header.sequence) } catch {
            discard(number, file, &keeper)
            throw .log(error)
        }
        let record = CheckpointRecord(
            number: number, sequence: cut.header.sequence, seriesFile: file.number, seriesByteCount: file.byteCount,
            samplesByteCount: samples.byteCount, seriesChecksum: file.checksum, samplesChecksum: samples.checksum)
        let removed = known.filter { $0.number != keeper.latest?.record.number }
        do throws(ManifestError) {
            try manifest.commit(
                ManifestEdit(
                    nextSeriesID: head.seriesNumberLimit, removedCheckpoints: removed.map(\.number),
                    addedCheckpoints: [record]))
        } catch {
            // The files of an edit that may be on the disk are kept; the next attempt uses others.
            if case .undecided = error { keeper.spare = nil } else { discard(number, file, &keeper) }
            throw .manifest(error)
        }
        let added = file.byteCount - (spare?.number == file.number ? spare?.byteCount ?? 0 : 0)
        published(record, file, removed, cut, &keeper)
        maintenanceFigures.withLock { figures in
            figures.count += 1
            figures.byteCount += record.samplesByteCount + added
            figures.sequence = record.sequence
        }
    }

    /// Draws the line. The commit lock is held while a segment is created and a few numbers are copied, whatever the
    /// number of series.
    private func cut(_ number: UInt64, _ log: LogWriter) throws(CheckpointError) -> CheckpointCut {
        let retired = head.series.withLock { $0.retiredSlots }
        let sealedThrough = manifest.state.sealedThrough
        let result = commit.withLock { state -> Result<CheckpointCut, CheckpointError> in
            // Definitions in the segment that ends here need not be repeated: the log keeps it for as long as they
            // count.
            let last = UInt32(truncatingIfNeeded: log.segmentNumber)
            do throws(LogError) { try log.rotate() } catch { return .failure(.log(error)) }
            head.definitionFloor = last
            var header = SamplesHeader()
            (header.databaseID, header.number) = (manifest.state.databaseID, number)
            (header.sequence, header.sealedThrough) = (state.sequence, sealedThrough)
            (header.newest, header.openSince) = (state.newest, state.openSince ?? .min)
            (header.openMinTime, header.openMaxTime) = (state.openMinTime, state.openMaxTime)
            let pin = head.openGeneration.startPin()
            return .success(
                CheckpointCut(
                    header: header, slabs: head.currentSlabs, pin: pin,
                    segment: UInt32(truncatingIfNeeded: log.segmentNumber), retired: retired,
                    sideData: head.sideData.withLock { $0.copy }))
        }
        return try result.get()
    }

    /// Writes and syncs both files and their names. The samples come first: any series that has samples is then in the
    /// table.
    private func writeFiles(
        _ keeper: inout CheckpointKeeper, _ cut: CheckpointCut
    ) throws(CheckpointError) -> (samples: (byteCount: UInt64, checksum: UInt32), series: SeriesFile) {
        defer { for slab in head.currentSlabs { slab.content.withLock { $0.endPin(cut.pin) } } }
        let number = cut.header.number
        do throws(FileError) {
            var writer = try SamplesFileWriter(cut.header, directory: path, files)
            for slab in cut.slabs {
                try writer.write(SlabCopy(slab, pin: cut.pin) { cut.retired.contains($0) })
            }
            // On a full disk this fails before a file of series is touched whose new end nobody would cut off again.
            try writer.flush()
            try SideDataFile.write(cut.sideData, cut.header, directory: path, files)
            let file = try writeSeries(&keeper, number)
            let sideDataPath = FileName.path(path, .sideData, number)
            let sideDataByteCount = try files.exists(sideDataPath) ? try files.open(sideDataPath).byteCount : 0
            var trailer = CheckpointTrailer()
            trailer.seriesFile = file.number
            trailer.seriesByteCount = file.byteCount
            trailer.seriesChecksum = file.checksum
            trailer.nextSeriesID = head.seriesNumberLimit
            trailer.sideDataByteCount = sideDataByteCount
            let samples = try writer.finish(trailer)
            try files.syncDirectory(FileName.directory(path, .checkpoints))
            return (samples, file)
        } catch {
            discard(number, nil, &keeper)
            throw .file(error)
        }
    }

    private func writeSeries(_ keeper: inout CheckpointKeeper, _ number: UInt64) throws(FileError) -> SeriesFile {
        if let spare = keeper.spare, !isHalfDead(spare) {
            var writer = try SeriesFileWriter(continuing: spare, of: head, directory: path, files)
            return try writer.write(from: head)
        }
        var writer = try SeriesFileWriter(
            creating: number, of: head, databaseID: manifest.state.databaseID, directory: path, files)
        return try writer.write(from: head)
    }

    /// Whether more than half of a file of series belongs to series that are gone.
    private func isHalfDead(_ file: SeriesFile) -> Bool {
        let (series, symbolBytes) = head.series.withLock { ($0.count, $0.symbols.liveByteCount) }
        return file.seriesCount > 2 * series + 64 || file.symbolByteCount > 2 * symbolBytes + 4096
    }

    /// Removes what was written for a checkpoint that is not published. A file of series that was to be continued is
    /// not touched again: whatever follows its end does not count.
    private func discard(_ number: UInt64, _ file: SeriesFile?, _ keeper: inout CheckpointKeeper) {
        keeper.spare = nil
        try? files.remove(FileName.path(path, .samples, number))
        SideDataFile.remove(number, directory: path, files)
        if file == nil || file?.number == number { try? files.remove(FileName.path(path, .series, number)) }
    }

    /// Records a new checkpoint and removes what nothing needs any more.
    private func published(
        _ record: CheckpointRecord, _ file: SeriesFile, _ removed: [CheckpointRecord], _ cut: CheckpointCut,
        _ keeper: inout CheckpointKeeper
    ) {
        for slab in head.currentSlabs { slab.content.withLock { $0.noteCheckpoint(before: cut.segment) } }
        keeper.spare = keeper.isSuspect ? nil : keeper.latest?.file
        keeper.isSuspect = false
        keeper.latest = (record, file)
        keeper.isDue = false
        let held = [file] + (keeper.spare.map { [$0] } ?? [])
        head.series.withLock { $0.forgetJournals(heldBy: held) }
        removeFiles(of: removed)
        removeSegments()
    }
}

// MARK: Opening

extension Database {
    /// Loads the newest checkpoint that can be used; nil when none can. Those that cannot be used are reported.
    static func loadCheckpoint(
        _ files: any FileSystem, _ path: String, _ manifest: ManifestState, _ configuration: Configuration,
        _ state: inout CommitState, _ report: inout RecoveryReport
    ) throws(OpenError) -> (record: CheckpointRecord, contents: CheckpointContents)? {
        for record in manifest.checkpoints.reversed() {
            do throws(CheckpointFault) {
                let image = try CheckpointImage(record, files, path)
                let loader = CheckpointLoader(
                    image, databaseID: manifest.databaseID, sealedThrough: manifest.sealedThrough)
                let contents = try loader.load(
                    configuration: HeadConfiguration(configuration), nextNumber: manifest.nextSeriesID)
                contents.head.setExemplarLimit(configuration.exemplarLimit)
                try SideDataFile.load(
                    record, byteCount: contents.sideDataByteCount, databaseID: manifest.databaseID,
                    isSealed: record.sequence <= manifest.sealedThrough, directory: path, files, into: contents.head)
                report.checkpoint = LoadedCheckpoint(
                    number: record.number, sequence: record.sequence, series: contents.series,
                    samples: contents.samples)
                state.restore(contents.header, sealedThrough: manifest.sealedThrough)
                return (record, contents)
            } catch {
                switch error {
                case .unsupportedVersion(let path, let found): throw .unsupportedFormat(path: path, found: found)
                case .damaged(let path, let reason):
                    report.damagedCheckpoints.append(
                        DamagedCheckpoint(number: record.number, sequence: record.sequence, path: path, reason: reason))
                }
            }
        }
        return nil
    }
}

extension Database.CommitState {
    /// Takes over what a checkpoint knows besides its series and samples.
    fileprivate mutating func restore(_ header: SamplesHeader, sealedThrough: UInt64) {
        sequence = max(sequence, header.sequence)
        newest = max(newest, header.newest)
        guard header.sequence > sealedThrough else { return }
        openMinTime = header.openMinTime
        openMaxTime = header.openMaxTime
        openSince = header.openSince == .min ? nil : header.openSince
    }
}
