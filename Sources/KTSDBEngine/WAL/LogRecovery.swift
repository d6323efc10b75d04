internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Opens a log: reads back what is in it, decides what to keep, and leaves a directory that gives the same result
/// again.
///
/// The order makes it safe to be killed at any point: nothing is changed before everything has been read; then what is
/// kept is synced; then a fresh segment that begins with a mark makes the decision durable; only then are cut bytes
/// removed.
package struct LogRecovery<Body: LoggedBody & ~Copyable>: ~Copyable {
    private let fileSystem: any FileSystem
    private let directory: String
    private let databaseID: UInt64
    private var scans: [LogScan] = []
    /// Segments that need not be read because all of their commits are in the checkpoint.
    private var skipped: [LogWriter.Segment] = []
    private var report = LogReport()
    private let setAside: SetAside?
    /// The bytes of the segment that was read last.
    private var buffer = FieldBuffer()
    private var bufferedSegment: UInt64?

    /// Reads the log in `directory`, which is created if it is missing, and opens it for appending.
    ///
    /// - Parameters:
    ///   - fileSystem: Where the directory is.
    ///   - directory: The directory of the segments.
    ///   - databaseID: The database's number; segments of another database are reported and left alone.
    ///   - sealedThrough: The highest sequence that is in blocks. Without a checkpoint, the frames of such commits are
    ///     passed on only if they have definitions, with `isSealed` set and without samples.
    ///   - checkpoint: The highest sequence that is in the checkpoint that the caller has loaded; nil without one.
    ///     Nothing up to it is passed on; everything after it is, with its samples, and with `isSealed` set up to
    ///     `sealedThrough`.
    ///   - options: How the log works from then on.
    ///   - apply: Called for every commit, in order; the frame's memory is reused for the next.
    /// - Returns: The log, open for appending, and a report of what was found.
    /// - Throws: ``LogError``, or what `apply` throws. The log can be opened again in any case.
    package static func recover(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64, sealedThrough: UInt64,
        checkpoint: UInt64? = nil, options: LogOptions = LogOptions(), apply: (borrowing Body) throws -> Void
    ) throws -> (LogWriter, LogReport) {
        try recover(
            fileSystem: fileSystem, directory: directory, databaseID: databaseID, sealedThrough: sealedThrough,
            checkpoint: checkpoint, options: options
        ) { group in
            for index in 0..<group.count where checkpoint != nil || !group.isSealed || group[index].hasMoreThanRows {
                try apply(group[index])
            }
            return nil
        }
    }

    /// Does the same for a caller that takes commits in groups: `prepare` is called for every group, in order,
    /// including sealed commits that have only samples. The work that it returns is done on two threads before the next
    /// call.
    static func recover(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64, sealedThrough: UInt64,
        checkpoint: UInt64?, newestSegment: UInt64 = 0, keepsAll: Bool = false, setAside: SetAside? = nil,
        options: LogOptions, prepare: (FrameGroup<Body>) throws -> ReplayWork?
    ) throws -> (LogWriter, LogReport) {
        var recovery = LogRecovery(fileSystem, directory, databaseID, setAside)
        try recovery.scanSegments(after: checkpoint ?? 0)
        let plan = LogPlan(
            recovery.scans, sealedThrough: sealedThrough, checkpoint: checkpoint, newestSegment: newestSegment,
            keepsAll: keepsAll)
        recovery.report.segments = recovery.scans.count
        recovery.report.damage = plan.damage
        if let missing = plan.missingSegment {
            recovery.report.damage.append(
                LogReport.Damage(
                    segment: missing, path: recovery.path(of: missing), bytes: 0..<0, sequences: nil, isSealed: false,
                    reason: .missingSegment))
        }
        recovery.report.cutTail = plan.cutTail
        recovery.report.lastSequence = plan.nextSequence - 1
        try recovery.replay(
            plan, hasCheckpoint: checkpoint != nil, groupByteLimit: options.replayGroupByteLimit, prepare)
        let writer = try recovery.publish(plan, options)
        return (writer, recovery.report)
    }

    /// Whether the log in `directory` goes back to a database's first commit: then it has everything that a checkpoint
    /// could have.
    package static func isComplete(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64
    ) throws(LogError) -> Bool {
        let recovery = LogRecovery(fileSystem, directory, databaseID)
        do throws(FileError) { guard try fileSystem.exists(directory) else { return false } } catch {
            throw LogError(error)
        }
        guard let first = try recovery.segmentNumbers().first else { return false }
        return try recovery.header(of: first)?.header.firstSequence == 1
    }

    private init(
        _ fileSystem: any FileSystem, _ directory: String, _ databaseID: UInt64, _ setAside: SetAside? = nil
    ) {
        self.fileSystem = fileSystem
        self.setAside = setAside
        self.directory = directory
        self.databaseID = databaseID
    }

    // MARK: Reading

    private mutating func scanSegments(after start: UInt64) throws(LogError) {
        do throws(FileError) { try fileSystem.createDirectory(directory) } catch { throw LogError(error) }
        let numbers = try segmentNumbers()
        let needed = try skipSegments(numbers, through: start)
        for number in numbers.dropFirst(needed) {
            try load(number)
            scans.append(
                try LogScan(buffer.bytes, number: number, path: path(of: number), databaseID: databaseID))
        }
    }

    /// Skips the first segments for as long as a later one begins at or before the commit after `start`: everything
    /// that counts in the skipped ones is then at or below `start`. Only the headers are read. Returns the number of
    /// skipped segments.
    private mutating func skipSegments(_ numbers: [UInt64], through start: UInt64) throws(LogError) -> Int {
        guard start > 0 else { return 0 }
        var headers: [(header: SegmentHeader, byteCount: UInt64)] = []
        for number in numbers {
            guard let found = try header(of: number), found.header.firstSequence <= start + 1 else { break }
            headers.append(found)
        }
        for (index, found) in headers.dropLast().enumerated() {
            let path = path(of: found.header.number)
            skipped.append(
                LogWriter.Segment(
                    number: found.header.number, path: path, firstSequence: found.header.firstSequence,
                    lastSequence: headers[index + 1].header.firstSequence - 1, byteCount: found.byteCount,
                    definitionsSince: found.header.definitionsSince, identity: try identity(of: path)))
        }
        return skipped.count
    }

    private func identity(of path: String) throws(LogError) -> FileIdentity {
        do throws(FileError) { return try WatchedName(path, in: fileSystem).identity } catch { throw LogError(error) }
    }

    /// Reads the header of a segment and the length of its file; nil if the header is not that of this database and
    /// number.
    private func header(of number: UInt64) throws(LogError) -> (header: SegmentHeader, byteCount: UInt64)? {
        var bytes = FieldBuffer()
        let byteCount: UInt64
        do throws(FileError) {
            let file = try fileSystem.open(path(of: number))
            byteCount = file.byteCount
            try bytes.append(file, byteCount: min(SegmentHeader.byteCount, Int(clamping: byteCount)))
        } catch { throw LogError(error) }
        guard case .header(let header) = SegmentHeader.read(bytes.bytes), header.databaseID == databaseID,
            header.number == number, header.firstSequence > 0
        else { return nil }
        return (header, byteCount)
    }

    private func segmentNumbers() throws(LogError) -> [UInt64] {
        do throws(FileError) {
            return try fileSystem.list(directory).compactMap { FileName.number(.segment, $0) }.sorted()
        } catch { throw LogError(error) }
    }

    private func path(of segment: UInt64) -> String { "\(directory)/\(FileName.name(.segment, segment))" }

    /// Reads the segment's bytes into the buffer.
    private mutating func load(_ segment: UInt64) throws(LogError) {
        guard bufferedSegment != segment else { return }
        bufferedSegment = nil
        do throws(FileError) {
            let file = try fileSystem.open(path(of: segment))
            buffer.removeAll()
            try buffer.append(file, byteCount: Int(clamping: file.byteCount))
        } catch { throw LogError(error) }
        bufferedSegment = segment
    }

    /// Passes on the commits of the plan in groups. A companion thread decodes them ahead of their use, and also does
    /// its part of the work that `prepare` returns.
    private mutating func replay(
        _ plan: borrowing LogPlan, hasCheckpoint: Bool, groupByteLimit: Int,
        _ prepare: (FrameGroup<Body>) throws -> ReplayWork?
    ) throws {
        let commits = plan.commits.filter { !hasCheckpoint || $0.frame.sequence > plan.start }
        let groups = FrameGroup<Body>.ranges(of: commits, sealedThrough: plan.sealedThrough, byteLimit: groupByteLimit)
        guard !groups.isEmpty else { return }
        let decoder = FrameDecoder<Body>(
            fileSystem, scans, commits, sealedThrough: plan.sealedThrough, skipsSealedRows: !hasCheckpoint,
            buffer: &buffer, bufferedSegment)
        bufferedSegment = nil
        let companion = groups.count > 1 ? SerialWorker() : nil
        defer { companion?.stop() }
        var current = FrameGroup<Body>(), next = FrameGroup<Body>()
        decoder.decode(groups[0], into: current)
        for (index, _) in groups.enumerated() {
            if index + 1 < groups.count {
                let (range, group) = (groups[index + 1], next)
                companion?.submit { decoder.decode(range, into: group) }
            }
            if let failure = current.failure { throw failure }
            count(current)
            if let work = try prepare(current) {
                companion?.submit(work)
                work()
            }
            companion?.wait()
            swap(&current, &next)
        }
    }

    private mutating func count(_ group: FrameGroup<Body>) {
        if group.isSealed {
            report.sealedCommits += group.count
        } else {
            report.replayedCommits += group.count
            report.replayedSamples += group.rowCount
        }
    }

    // MARK: Leaving a clean directory

    private mutating func publish(_ plan: borrowing LogPlan, _ options: LogOptions) throws(LogError) -> LogWriter {
        do throws(FileError) {
            for kept in plan.kept where kept.byteCount > 0 { try sync(scans[kept.segment].path) }
            // Without segments, the directory itself may be new.
            try fileSystem.syncDirectory(
                scans.isEmpty && skipped.isEmpty ? FilePath.parent(of: directory) ?? "." : directory)
        } catch { throw LogError(error) }
        let segments = skipped + (try segments(plan))
        let writer: LogWriter
        do throws(FileError) {
            writer = try LogWriter(
                fileSystem: fileSystem, directory: directory, databaseID: databaseID, options: options,
                segments: segments,
                nextSegment: max(scans.last?.number ?? skipped.last?.number ?? 0, plan.missingSegment ?? 0) + 1,
                lastSequence: plan.nextSequence - 1)
        } catch { throw LogError(error) }
        let hasFreshSegment = try openFreshSegment(writer, isOptional: !plan.cutsFrames)
        do throws(FileError) {
            try tidy(plan, removingEmpty: hasFreshSegment, writer)
        } catch { throw LogError(error) }
        return writer
    }

    private func segments(_ plan: borrowing LogPlan) throws(LogError) -> [LogWriter.Segment] {
        var segments: [LogWriter.Segment] = []
        for kept in plan.kept where kept.byteCount > 0 {
            let scan = scans[kept.segment]
            let first = scan.header?.firstSequence ?? kept.sequences?.lowerBound ?? 1
            segments.append(
                LogWriter.Segment(
                    number: scan.number, path: scan.path, firstSequence: first,
                    lastSequence: kept.sequences?.upperBound ?? first - 1, byteCount: UInt64(kept.byteCount),
                    definitionsSince: scan.header?.definitionsSince ?? 0, identity: try identity(of: scan.path)))
        }
        return segments
    }

    /// Starts the segment that appends go to, with a mark that makes it supersede what is cut off. A full disk does not
    /// keep a log from being opened if the mark is not needed.
    private func openFreshSegment(_ writer: LogWriter, isOptional: Bool) throws(LogError) -> Bool {
        do throws(LogError) {
            try writer.withState { writer, state throws(LogError) in
                try writer.openSegment(&state, firstSequence: state.lastSequence + 1)
                if state.lastSequence > 0 { try writer.writeMark(&state) }
                do throws(FileError) {
                    try state.current!.file.sync()
                    try fileSystem.syncDirectory(directory)
                } catch { throw LogError(error) }
                state.directoryNeedsSync = false
                state.durableSegment = state.segments.last!.number
            }
            return true
        } catch {
            guard isOptional, case .diskFull = error else { throw error }
            return false
        }
    }

    /// Cuts and removes what does not count, from the end of the log to its beginning, and syncs that.
    private mutating func tidy(
        _ plan: borrowing LogPlan, removingEmpty: Bool, _ writer: LogWriter
    ) throws(FileError) {
        var hasChanged = false
        for kept in plan.kept.reversed() {
            let scan = scans[kept.segment]
            if kept.byteCount == 0 || (removingEmpty && kept.sequences == nil && !kept.isDamaged) {
                if let setAside, try isWorthKeeping(scan, plan) {
                    let path = FileName.relative(.log, FileName.name(.segment, scan.number))
                    let newPath = try setAside.move(path)
                    let reason = scan.frames.isEmpty ? SetAsideFile.Reason.unreadable : .afterGap
                    report.setAside.append(SetAsideFile(path: path, newPath: newPath, reason: reason))
                } else {
                    try fileSystem.remove(scan.path)
                }
                writer.forget(segment: scan.number)
            } else if kept.byteCount < scan.byteCount {
                let file = try fileSystem.openForAppending(scan.path)
                defer { file.close() }
                try file.truncate(to: UInt64(kept.byteCount))
                try file.sync()
            } else {
                continue
            }
            hasChanged = true
        }
        if hasChanged { try fileSystem.syncDirectory(directory) }
    }

    /// Whether a segment that is to be removed has commits that were cut off, or bytes that nobody can read.
    private mutating func isWorthKeeping(_ scan: LogScan, _ plan: borrowing LogPlan) throws(FileError) -> Bool {
        if let cut = plan.cutSequence, scan.frames.contains(where: { !$0.isMark && $0.sequence >= cut }) { return true }
        // A power cut leaves a segment that was just begun with part of its first mark, and with zeros where nothing
        // was written.
        guard scan.frames.isEmpty, scan.byteCount > SegmentHeader.byteCount + FrameHeader.byteCount else {
            return false
        }
        let bytes = try fileSystem.open(scan.path).readAll()
        return bytes.dropFirst(SegmentHeader.byteCount).contains { $0 != 0 }
    }

    private func sync(_ path: String) throws(FileError) {
        let file = try fileSystem.openForAppending(path)
        defer { file.close() }
        try file.sync()
    }
}

extension LogWriter {
    /// Begins a log whose first commit comes after `sequence`, in a directory that is created and has no log yet.
    static func create(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64, after sequence: UInt64
    ) throws(LogError) -> LogWriter {
        do throws(FileError) {
            try fileSystem.createDirectory(directory)
            return try LogWriter(
                fileSystem: fileSystem, directory: directory, databaseID: databaseID, options: LogOptions(),
                segments: [], nextSegment: 1, lastSequence: sequence)
        } catch { throw LogError(error) }
    }

    /// Forgets a segment that recovery has removed.
    func forget(segment: UInt64) { state.withLock { state in state.segments.removeAll { $0.number == segment } } }
}
