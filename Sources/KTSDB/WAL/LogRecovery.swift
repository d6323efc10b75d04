internal import Glibc
internal import KTSDBModel
internal import Synchronization

/// Opening a log: reads back what is in it, decides what to keep, and leaves a directory that gives the same again.
///
/// The order makes it safe to be killed anywhere: nothing is changed before all was read; then what is kept is synced;
/// then a fresh segment that begins with a mark makes the decision durable; only then are cut bytes removed.
package struct LogRecovery: ~Copyable {
    private let fileSystem: any FileSystem
    private let directory: String
    private let databaseID: UInt64
    private var scans: [LogScan] = []
    private var report = LogReport()
    /// The bytes of the segment that was read last.
    private var buffer = FieldBuffer()
    private var bufferedSegment: UInt64?

    /// Reads the log in `directory`, which is created if it is missing, and opens it for appending.
    ///
    /// - Parameters:
    ///   - fileSystem: Where the directory is.
    ///   - directory: The directory of the segments.
    ///   - databaseID: The database's number; segments of another one are reported and left alone.
    ///   - sealedThrough: The highest sequence that is in blocks. The frames of such commits are passed on only if they
    ///     have definitions, with `isSealed` set and without samples.
    ///   - options: How the log works from then on.
    ///   - apply: Called for every commit, in order; the frame's memory is used again for the next.
    /// - Returns: The log, open for appending, and what was found.
    /// - Throws: ``LogError``, or what `apply` throws. The log can be opened again in any case.
    package static func recover(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64, sealedThrough: UInt64,
        options: LogOptions = LogOptions(), apply: (borrowing LogFrame) throws -> Void
    ) throws -> (LogWriter, LogReport) {
        var recovery = LogRecovery(fileSystem, directory, databaseID)
        try recovery.scanSegments()
        let plan = LogPlan(recovery.scans, sealedThrough: sealedThrough)
        recovery.report.segments = recovery.scans.count
        recovery.report.damage = plan.damage
        recovery.report.cutTail = plan.cutTail
        recovery.report.lastSequence = plan.nextSequence - 1
        try recovery.replay(plan, apply)
        let writer = try recovery.publish(plan, options)
        return (writer, recovery.report)
    }

    private init(_ fileSystem: any FileSystem, _ directory: String, _ databaseID: UInt64) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.databaseID = databaseID
    }

    // MARK: Reading

    private mutating func scanSegments() throws(LogError) {
        for number in try segmentNumbers() {
            try load(number)
            scans.append(
                try LogScan(buffer.bytes, number: number, path: path(of: number), databaseID: databaseID))
        }
    }

    private func segmentNumbers() throws(LogError) -> [UInt64] {
        do throws(FileError) {
            try fileSystem.createDirectory(directory)
            return try fileSystem.list(directory).compactMap(LogFormat.segmentNumber(fileName:)).sorted()
        } catch { throw LogError(error) }
    }

    private func path(of segment: UInt64) -> String { "\(directory)/\(LogFormat.fileName(segment))" }

    /// Makes the segment's bytes the buffer's.
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

    private mutating func replay(_ plan: borrowing LogPlan, _ apply: (borrowing LogFrame) throws -> Void) throws {
        var frame = LogFrame()
        for commit in plan.commits {
            let scan = scans[commit.segment]
            try load(scan.number)
            let isSealed = commit.frame.sequence <= plan.sealedThrough
            try decode(commit.frame, of: scan, isSealed: isSealed, into: &frame)
            if isSealed {
                report.sealedCommits += 1
                if !frame.definitions.isEmpty { try apply(frame) }
            } else {
                report.replayedCommits += 1
                report.replayedSamples += frame.ids.count
                try apply(frame)
            }
        }
    }

    private func decode(
        _ frame: LogScan.Frame, of scan: LogScan, isSealed: Bool, into decoded: inout LogFrame
    ) throws(LogError) {
        let end = frame.offset + frame.byteCount
        // The file was read a second time, so its bytes are checked a second time.
        guard end <= buffer.count, let header = FrameHeader(at: frame.offset, of: buffer.bytes, seed: nil) else {
            throw .failed(FileError(scan.path, "read", EIO))
        }
        let body = buffer.bytes.extracting((frame.offset + FrameHeader.byteCount)..<end)
        guard header.sequence == frame.sequence, body.crc32c() == header.bodyChecksum else {
            throw .failed(FileError(scan.path, "read", EIO))
        }
        guard decoded.decode(body: body, header: header, isSealed: isSealed) else {
            throw .malformed(path: scan.path, offset: UInt64(frame.offset))
        }
    }

    // MARK: Leaving a clean directory

    private func publish(_ plan: borrowing LogPlan, _ options: LogOptions) throws(LogError) -> LogWriter {
        do throws(FileError) {
            for kept in plan.kept where kept.byteCount > 0 { try sync(scans[kept.segment].path) }
            // Without segments, the directory itself may be new.
            try fileSystem.syncDirectory(scans.isEmpty ? FilePath.parent(of: directory) ?? "." : directory)
        } catch { throw LogError(error) }
        let writer = LogWriter(
            fileSystem: fileSystem, directory: directory, databaseID: databaseID, options: options,
            segments: segments(plan), nextSegment: (scans.last?.number ?? 0) + 1, lastSequence: plan.nextSequence - 1)
        let hasFreshSegment = try openFreshSegment(writer, isOptional: !plan.cutsFrames)
        do throws(FileError) {
            try tidy(plan, removingEmpty: hasFreshSegment, writer)
        } catch { throw LogError(error) }
        return writer
    }

    private func segments(_ plan: borrowing LogPlan) -> [LogWriter.Segment] {
        plan.kept.filter { $0.byteCount > 0 }.map { kept in
            let scan = scans[kept.segment]
            let first = scan.header?.firstSequence ?? kept.sequences?.lowerBound ?? 1
            return LogWriter.Segment(
                number: scan.number, path: scan.path, firstSequence: first,
                lastSequence: kept.sequences?.upperBound ?? first - 1, byteCount: UInt64(kept.byteCount),
                definitionsSince: scan.header?.definitionsSince ?? 0)
        }
    }

    /// Starts the segment that appends go to, with a mark that makes it supersede what is cut off. A full disk does
    /// not keep a log from being opened if the mark is not needed.
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
            }
            return true
        } catch {
            guard isOptional, case .diskFull = error else { throw error }
            return false
        }
    }

    /// Cuts and removes what does not count, from the end of the log to its beginning, and syncs that.
    private func tidy(
        _ plan: borrowing LogPlan, removingEmpty: Bool, _ writer: LogWriter
    ) throws(FileError) {
        var hasChanged = false
        for kept in plan.kept.reversed() {
            let scan = scans[kept.segment]
            if kept.byteCount == 0 || (removingEmpty && kept.sequences == nil && !kept.isDamaged) {
                try fileSystem.remove(scan.path)
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

    private func sync(_ path: String) throws(FileError) {
        let file = try fileSystem.openForAppending(path)
        defer { file.close() }
        try file.sync()
    }
}

extension LogWriter {
    /// Recovery has removed this segment.
    func forget(segment: UInt64) { state.withLock { state in state.segments.removeAll { $0.number == segment } } }
}

extension FieldBuffer {
    /// Appends up to `byteCount` bytes of a file.
    mutating func append(_ file: any ReadableFile, byteCount: Int) throws(FileError) {
        // SAFETY: the span covers the room that was made, and lives only here.
        let start = unsafe room(for: byteCount)
        var span = unsafe MutableRawSpan(_unsafeStart: start, byteCount: byteCount)
        commit(try file.read(at: 0, into: &span))
    }
}
