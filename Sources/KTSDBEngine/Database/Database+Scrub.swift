public import KTSDBModel
internal import Synchronization

/// What scrubbing has read and found since the database was opened.
public struct ScrubStatistics: Hashable, Sendable {
    /// The bytes that were read and compared with their checksums.
    public var bytes: UInt64 = 0
    /// How many times everything was read.
    public var passes = 0
    /// When everything had been read the last time; nil if that was before the database was opened, or never.
    public var lastPass: Timestamp?
    /// How many damaged parts the passes found, those that were known included.
    public var findings = 0
    /// The file that is being read, relative to the data directory; nil between two passes.
    public var file: String?
}

extension Database {
    /// What scrubbing remembers from one step to the next.
    struct ScrubState {
        /// What is left to be read in this pass, in order; nil between two passes.
        var targets: ArraySlice<ScrubTarget>?
        /// The next part of the first target.
        var part = 0
        /// Whether damage was found in the first target so far.
        var isDamaged = false
        /// How many bytes may be read now; negative after a long part.
        var allowance: Int64 = 0
        /// When the next pass begins, by the clock that only goes forward.
        var nextPass = Int64.min
        /// What a restart has to know, and when that was last stored.
        var progress = ScrubProgress()
        var storedAt = Int64.min
        var statistics = ScrubStatistics()
    }

    /// A file that is read by a pass.
    enum ScrubTarget: Hashable, Sendable {
        case manifest
        case checkpoint(UInt64)
        case segment(UInt64)
        case block(UInt64)
    }

    /// What a restart knows of a pass. Times are wall-clock times in milliseconds since the Unix epoch.
    struct ScrubProgress: Hashable {
        /// When the last pass began, and when the last complete one ended; 0 for never.
        var began: Int64 = 0, ended: Int64 = 0
        /// The last block that the pass has read, if it has not ended: blocks are read in the order of their numbers.
        var block: UInt64 = 0
        /// Whether the last pass has ended.
        var isComplete = true
    }

    /// What scrubbing has done.
    public var scrubbing: ScrubStatistics { scrubStatistics.withLock { $0 } }

    /// Reads every file completely and compares all checksums. Waits for a step of the scrubbing in the background that
    /// is running; appends and queries continue meanwhile.
    ///
    /// What is damaged in the MANIFEST is written again from memory, and what is damaged in the log or in a checkpoint
    /// is in the next checkpoint, which is written soon. Blocks stay as they are.
    /// - Parameter progress: Called after each part with the bytes that were read, and those that there are in all.
    /// - Returns: ``damage``, with what was found.
    @discardableResult
    public func scrub(progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }) -> [DamagedUnit] {
        scrubState.withLock { state in
            state.targets = nil
            let begin = state.statistics.bytes, total = scrubByteCount
            startPass(&state, after: 0)
            while state.targets != nil, !isStopping.load(ordering: .relaxed) {
                scrubPart(&state)
                progress(min(total, state.statistics.bytes - begin), total)
            }
        }
        rememberDamage()
        rollups?.scrub()
        return damage
    }

    /// The bytes that a pass reads, about.
    private var scrubByteCount: UInt64 {
        let state = manifest.state
        return state.blocks.reduce(0) { $0 + $1.byteCount }
            + state.checkpoints.reduce(0) { $0 + $1.samplesByteCount + $1.seriesByteCount } + (log?.byteCount ?? 0)
    }

    /// Whether a pass is in progress.
    var isScrubbing: Bool { scrubState.withLockIfAvailable { $0.targets != nil } ?? true }

    /// Reads about as many bytes as a second may have. A pass begins at most once in the interval.
    package func scrubIfDue() {
        let rate = Int64(max(0, configuration.scrubBytesPerSecond))
        guard rate > 0, log != nil || isRollups else { return }
        scrubState.withLock { state in
            if state.targets == nil {
                let isUnfinished = !state.progress.isComplete
                guard isUnfinished || configuration.monotonicClock() >= state.nextPass else { return }
                startPass(&state, after: isUnfinished ? state.progress.block : 0)
            }
            // A part that was longer than a second may have is made up for by the next seconds.
            state.allowance = min(state.allowance + rate, rate)
            while state.targets != nil, state.allowance > 0, !isStopping.load(ordering: .relaxed) {
                let before = state.statistics.bytes
                scrubPart(&state)
                state.allowance -= Int64(clamping: max(1, state.statistics.bytes - before))
            }
        }
        rememberDamage()
    }

    // MARK: A pass

    /// Begins a pass, or continues one after a block that was the last one before a restart.
    private func startPass(_ state: inout ScrubState, after last: UInt64) {
        forgetRemovedFiles()
        let list = manifest.state
        var targets: [ScrubTarget] = log == nil ? [] : [.manifest]
        targets += list.checkpoints.map { .checkpoint($0.number) }
        targets += (log?.closedSegments ?? []).map { .segment($0.number) }
        // What is known to be damaged comes first: it may have been put right.
        let known = Set(pages.damage.findings.compactMap { $0.error.damagedPath })
        let blocks = list.blocks.map(\.number)
        targets += blocks.filter { known.contains(FileName.path(path, .block, $0)) }.map { .block($0) }
        targets += blocks.filter { $0 > last && !known.contains(FileName.path(path, .block, $0)) }.map { .block($0) }
        state.targets = targets[...]
        (state.part, state.isDamaged) = (0, false)
        if last == 0 {
            state.progress.began = configuration.wallClock()
            state.nextPass = configuration.monotonicClock() + configuration.scrubInterval.milliseconds
        }
        (state.progress.block, state.progress.isComplete) = (last, false)
        name(&state)
    }

    /// Forgets the damage of files of the log and of checkpoints that are no longer there: others have taken their
    /// place.
    private func forgetRemovedFiles() {
        let directories = [FileName.directory(path, .log), FileName.directory(path, .checkpoints)]
        for file in Set(pages.damage.findings.compactMap(\.error.damagedPath))
        where directories.contains(where: { file.hasPrefix($0 + "/") }) {
            if (try? files.exists(file)) == false { pages.damage.forget(file: file) }
        }
    }

    private func name(_ state: inout ScrubState) {
        state.statistics.file = state.targets?.first.map { target in
            switch target {
            case .manifest: FileName.manifest
            case .checkpoint(let number): FileName.relative(.checkpoints, FileName.name(.samples, number))
            case .segment(let number): FileName.relative(.log, FileName.name(.segment, number))
            case .block(let number): FileName.relative(.blocks, FileName.name(.block, number))
            }
        }
    }

    /// Reads one part of a file: a page of a block, the index of a block, or all of another file.
    private func scrubPart(_ state: inout ScrubState) {
        defer { scrubStatistics.withLock { $0 = state.statistics } }
        guard let target = state.targets?.first else { return endPass(&state) }
        let isDone: Bool
        switch target {
        case .manifest: isDone = scrubManifest(&state)
        case .checkpoint(let number): isDone = scrubCheckpoint(number, &state)
        case .segment(let number): isDone = scrubSegment(number, &state)
        case .block(let number): isDone = scrubBlock(number, &state)
        }
        guard isDone else { return }
        // Those that are known to be damaged come first, out of order.
        if case .block(let number) = target, case .block(let next) = state.targets?.dropFirst().first ?? target,
            next >= number
        {
            state.progress.block = max(state.progress.block, number)
        }
        state.targets?.removeFirst()
        (state.part, state.isDamaged) = (0, false)
        if state.targets?.isEmpty ?? false { endPass(&state) }
        name(&state)
    }

    private func endPass(_ state: inout ScrubState) {
        state.targets = nil
        (state.progress.ended, state.progress.isComplete) = (configuration.wallClock(), true)
        state.storedAt = .min
        state.statistics.passes += 1
        state.statistics.lastPass = Timestamp(milliseconds: configuration.wallClock())
        state.statistics.file = nil
    }

    private func found(_ state: inout ScrubState) {
        state.statistics.findings += 1
        state.isDamaged = true
    }

    private func scrubBlock(_ number: UInt64, _ state: inout ScrubState) -> Bool {
        let block = commit.withLock { state in state.blocks.first { $0.summary.number == number } }
        // It was removed or compacted meanwhile, or cannot be opened, which is known.
        guard let block else { return true }
        if state.part == 0 {
            let (findings, bytes) = block.scrubIndex()
            for _ in 0..<findings { found(&state) }
            state.statistics.bytes += UInt64(bytes)
        } else {
            let (findings, bytes) = block.scrubPage(state.part - 1)
            for _ in 0..<findings { found(&state) }
            state.statistics.bytes += UInt64(bytes)
        }
        state.part += 1
        guard state.part > block.pageCount else { return false }
        if !state.isDamaged { pages.damage.forget(file: block.file.path) }
        return true
    }

    private func scrubManifest(_ state: inout ScrubState) -> Bool {
        let (differences, bytes) = manifest.scrub()
        state.statistics.bytes += bytes
        for name in [FileName.manifest, FileName.manifestCopy] {
            guard let difference = differences.first(where: { $0.name == name }) else {
                pages.damage.forget(file: "\(path)/\(name)")
                continue
            }
            found(&state)
            let action = difference.isMended ? "it was written again from memory" : "it could not be written again"
            pages.damage.note(
                .damaged(path: "\(path)/\(name)", detail: "\(difference.reason); \(action)"),
                DamagedPart(.manifest, offset: 0, byteCount: 0))
        }
        return true
    }

    private func scrubCheckpoint(_ number: UInt64, _ state: inout ScrubState) -> Bool {
        let list = manifest.state
        guard let record = list.checkpoints.first(where: { $0.number == number }) else { return true }
        state.statistics.bytes += record.samplesByteCount + record.seriesByteCount
        do throws(CheckpointFault) {
            let image = try CheckpointImage(record, files, path)
            try CheckpointLoader(image, databaseID: list.databaseID, sealedThrough: list.sealedThrough).verify(
                directory: path, files)
        } catch {
            // A newer one may have taken its place, with its file of series.
            guard manifest.state.checkpoints.contains(record), case .damaged(let file, _) = error else { return true }
            found(&state)
            pages.damage.note(
                .damaged(path: file, detail: "checkpoint \(number) does not match its checksums; another is written"),
                DamagedPart(.checkpoint, offset: 0, byteCount: record.samplesByteCount))
            needsCheckpoint.store(true, ordering: .relaxed)
        }
        return true
    }

    private func scrubSegment(_ number: UInt64, _ state: inout ScrubState) -> Bool {
        guard let log, let segment = log.closedSegments.first(where: { $0.number == number }) else { return true }
        state.statistics.bytes += segment.byteCount
        let damage = log.damage(in: segment)
        // It may have been removed meanwhile.
        guard let damage, log.closedSegments.contains(where: { $0.number == number }) else { return true }
        found(&state)
        pages.damage.note(
            .damaged(
                path: segment.path, detail: "frames cannot be read; a checkpoint is written that has what they had"),
            DamagedPart(.log, offset: damage.lowerBound, byteCount: UInt64(damage.count)))
        needsCheckpoint.store(true, ordering: .relaxed)
        return true
    }
}

extension Block {
    /// The number of pages.
    var pageCount: Int { section(.pages).byteCount / BlockFormat.pageRecordByteCount }

    /// Reads a page and its copy and compares them with their checksum; returns how many are damaged, and the bytes.
    func scrubPage(_ number: Int) -> (findings: Int, bytes: Int) {
        let record: PageRecord, copy: UInt64?
        do throws(ReadError) {
            record = try pageRecord(number)
            copy = try copyOffset(of: number)
        } catch { return (1, 0) }
        var findings = 0, bytes = 0
        for offset in [record.offset] + (copy.map { [$0] } ?? []) {
            bytes += record.byteCount
            do throws(ReadError) { _ = try readPage(number, record, at: offset) } catch { findings += 1 }
        }
        return (findings, bytes)
    }
}
