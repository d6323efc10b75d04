internal import Glibc
internal import KTSDBModel

extension Database {
    /// What opening puts together.
    struct Opened {
        var head: Head
        var log: LogWriter?
        var manifest: Manifest
        var lock: (any FileLock)?
        var report: RecoveryReport
        var state: CommitState
    }

    static func open(
        _ files: any FileSystem, _ path: String, _ configuration: Configuration, _ isInMemory: Bool
    ) throws(OpenError) -> Opened {
        let lock = try isInMemory ? nil : takeLock(files, path)
        do throws(OpenError) {
            let manifest = try openManifest(files, path)
            var report = RecoveryReport()
            report.cutManifestBytes = manifest.report.cutByteCount
            var state = CommitState()
            state.blocks = try openBlocks(files, path, manifest.state, &report)
            state.newest = manifest.state.blocks.map(\.maxTime).max() ?? .min
            state.sequence = manifest.state.sealedThrough
            let head = Head(
                configuration: HeadConfiguration(seriesLimit: configuration.seriesLimit),
                nextNumber: manifest.state.nextSeriesID)
            var log: LogWriter?
            if !isInMemory { log = try replay(files, path, configuration, manifest.state, head, &state, &report) }
            return Opened(head: head, log: log, manifest: manifest, lock: lock, report: report, state: state)
        } catch {
            lock?.release()
            throw error
        }
    }

    private static func takeLock(_ files: any FileSystem, _ path: String) throws(OpenError) -> any FileLock {
        do throws(FileError) {
            try files.createDirectory(path)
            return try files.lock("\(path)/LOCK")
        } catch {
            if error.code == EWOULDBLOCK {
                throw .locked(path: path, processID: Int32(error.detail.filter(\.isNumber)) ?? 0)
            }
            throw OpenError(error)
        }
    }

    private static func openManifest(_ files: any FileSystem, _ path: String) throws(OpenError) -> Manifest {
        do throws(ManifestError) { return try Manifest.open(fileSystem: files, directory: path) } catch {
            switch error {
            case .diskFull(let path): throw .diskFull(path: path)
            case .failed(let error), .undecided(let error): throw OpenError(error)
            case .unsupportedVersion(let path, let found): throw .unsupportedFormat(path: path, found: found)
            case .damaged(let path, let offset, let reason):
                throw .damaged(
                    path: path,
                    detail: "damaged at byte \(offset): \(reason). Restore it from a snapshot or a backup. "
                        + "Nothing was changed.")
            case .missing(let path):
                throw .damaged(
                    path: path,
                    detail: "missing although the directory has data. Restore it from a snapshot or a backup, or move "
                        + "the data away. Nothing was changed.")
            }
        }
    }

    static func blockPath(_ path: String, _ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "\(path)/blocks/" + String(repeating: "0", count: 16 - digits.count) + digits + ".block"
    }

    /// Opens the blocks that the MANIFEST names and removes the files that it does not: remains of a seal that was never
    /// published. A block that cannot be opened is reported and left alone.
    private static func openBlocks(
        _ files: any FileSystem, _ path: String, _ manifest: ManifestState, _ report: inout RecoveryReport
    ) throws(OpenError) -> [Block] {
        do throws(FileError) {
            try files.createDirectory("\(path)/blocks")
            let known = Set(manifest.blocks.map { blockPath(path, $0.number) })
            for name in try files.list("\(path)/blocks") where name.hasSuffix(".block") {
                let file = "\(path)/blocks/\(name)"
                if !known.contains(file) { try files.remove(file) }
            }
        } catch { throw OpenError(error) }
        var blocks: [Block] = []
        for record in manifest.blocks {
            do throws(ReadError) {
                blocks.append(
                    try Block.open(
                        fileSystem: files, path: blockPath(path, record.number), summary: BlockSummary(record)))
            } catch {
                report.damagedBlocks.append(error.description)
            }
        }
        return blocks.sorted { $0.summary.minTime < $1.summary.minTime }
    }

    private static func replay(
        _ files: any FileSystem, _ path: String, _ configuration: Configuration, _ manifest: ManifestState,
        _ head: Head, _ state: inout CommitState, _ report: inout RecoveryReport
    ) throws(OpenError) -> LogWriter {
        var options = LogOptions()
        options.durability = configuration.durability
        options.segmentByteLimit = configuration.logSegmentByteLimit
        var replay = Replay(head: head, state: state)
        do {
            let (log, logReport) = try LogRecovery.recover(
                fileSystem: files, directory: "\(path)/wal", databaseID: manifest.databaseID,
                sealedThrough: manifest.sealedThrough, options: options
            ) { frame in replay.apply(frame) }
            state = replay.state
            state.sequence = max(state.sequence, log.lastSequence)
            report.log = logReport
            report.orphanedSamples = replay.orphanedSamples
            return log
        } catch let error as LogError {
            switch error {
            case .diskFull(let path): throw .diskFull(path: path)
            case .failed(let error), .notDurable(_, let error): throw OpenError(error)
            case .unsupportedVersion(let path, let found): throw .unsupportedFormat(path: path, found: UInt32(found))
            case .malformed, .frameTooLarge, .closed: throw .damaged(path: "\(path)/wal", detail: error.description)
            }
        } catch { throw .damaged(path: "\(path)/wal", detail: "\(error)") }
    }
}

/// Puts the log's commits back into the head, judging their samples as the first time.
private struct Replay: ~Copyable {
    let head: Head
    var state: Database.CommitState
    var orphanedSamples = 0
    private var slots = SeriesNumberMap()
    /// Definitions in frames that are in blocks already; later frames may count on them.
    private var sealed: [UInt64: Labels] = [:]
    private var frameSlots = Column<UInt32>()
    private var frameTimes = Column<Int64>()
    private var frameValues = Column<Double>()

    init(head: Head, state: Database.CommitState) {
        self.head = head
        self.state = state
    }

    mutating func apply(_ frame: borrowing LogFrame) {
        for definition in frame.definitions {
            head.reserveNumbers(through: definition.id)
            if frame.isSealed {
                sealed[definition.id] = definition.labels
            } else if slots[definition.id] == nil {
                slots[definition.id] = head.restore(
                    definition.labels, number: definition.id, lastTime: definition.lastTime,
                    lastBits: definition.lastBits)
            }
        }
        guard !frame.isSealed, frame.ids.count > 0 else { return }
        frameSlots.removeAll()
        frameSlots.reserve(frame.ids.count)
        var orphans = 0
        for index in 0..<frame.ids.count {
            guard let slot = slot(of: frame.ids[index]) else {
                head.reserveNumbers(through: frame.ids[index])
                frameSlots.append(.max)
                orphans += 1
                continue
            }
            frameSlots.append(slot)
        }
        let policy = AcceptancePolicy(
            wallClock: frame.context.wallClock, maximumFuture: frame.context.maxFutureMilliseconds,
            maximumAge: frame.context.maxAgeMilliseconds)
        let outcome: ApplyOutcome
        if orphans == 0 {
            outcome = head.apply(
                slots: frameSlots.span, times: frame.times.span, values: frame.values.span, policy: policy,
                newest: state.newest)
        } else {
            orphanedSamples += orphans
            outcome = applyKnown(frame, policy)
        }
        state.note(outcome, at: policy.wallClock)
    }

    /// Applies the samples whose series are known.
    private mutating func applyKnown(_ frame: borrowing LogFrame, _ policy: AcceptancePolicy) -> ApplyOutcome {
        var kept = Column<UInt32>()
        frameTimes.removeAll()
        frameValues.removeAll()
        for index in 0..<frame.ids.count where frameSlots[index] != .max {
            kept.append(frameSlots[index])
            frameTimes.append(frame.times[index])
            frameValues.append(frame.values[index])
        }
        return head.apply(
            slots: kept.span, times: frameTimes.span, values: frameValues.span, policy: policy, newest: state.newest)
    }

    private mutating func slot(of number: UInt64) -> UInt32? {
        if let slot = slots[number] { return slot }
        guard let labels = sealed[number] else { return nil }
        let slot = head.restore(labels, number: number, lastTime: .min, lastBits: 0)
        slots[number] = slot
        return slot
    }
}

/// Which slot the series of a number got in this process: an array where numbers are close together, as they mostly are.
private struct SeriesNumberMap {
    private var base: UInt64?
    private var near: [UInt32] = []
    private var far: [UInt64: UInt32] = [:]

    subscript(number: UInt64) -> UInt32? {
        get {
            if let base, number >= base, number - base < UInt64(near.count) {
                let slot = near[Int(number - base)]
                if slot != .max { return slot }
            }
            return far.isEmpty ? nil : far[number]
        }
        set {
            if base == nil { base = number }
            let gap = number &- base!
            guard number >= base!, gap < UInt64(near.count * 2 + 65_536) else {
                far[number] = newValue
                return
            }
            while near.count <= Int(gap) { near.append(.max) }
            near[Int(gap)] = newValue ?? .max
        }
    }
}

extension OpenError {
    init(_ error: FileError) {
        if error.code == ENOSPC || error.code == EDQUOT {
            self = .diskFull(path: error.path)
        } else {
            self = .file(path: error.path, operation: error.operation, code: error.code)
        }
    }
}

/// The system's words for an errno.
func systemMessage(_ code: Int32) -> String {
    // SAFETY: strerror returns a string that ends in 0; it is copied at once.
    unsafe String(cString: strerror(code))
}

extension BlockSummary {
    init(_ record: BlockRecord) {
        self.init(
            number: record.number, generation: record.generation, level: UInt8(clamping: record.level),
            minTime: record.minTime, maxTime: record.maxTime, byteCount: record.byteCount,
            seriesCount: record.seriesCount, sampleCount: record.sampleCount, footerCRC: record.checksum)
    }

    /// What the MANIFEST stores of it.
    var record: BlockRecord {
        BlockRecord(
            number: number, generation: generation, level: UInt64(level), minTime: minTime, maxTime: maxTime,
            byteCount: byteCount, seriesCount: seriesCount, sampleCount: sampleCount, checksum: footerCRC)
    }
}
