internal import CLibrary

/// Why a log cannot be read on from where its reader is.
enum LogReadFailure: Error {
    /// A segment was removed between being listed and being read: look again.
    case vanished
    /// Commits that were read before may not count any more, or commits since then are gone: everything has to be read
    /// anew, from the newest checkpoint on.
    case rewritten
    case log(LogError)
}

/// Reads a log that another process is writing, without changing anything: first what is there, later what was added.
///
/// It follows the rules of recovery (``LogPlan``), from the last commit that was read. What is not a whole frame at the
/// end of the log may be one that is being written: it is looked at again by the next scan. Costs a listing, the
/// opening of the newest segment, and reading what was added.
struct LogReader<Body: LoggedBody & ~Copyable>: ~Copyable {
    /// Where reading continues.
    private struct Position {
        var header: SegmentHeader
        /// Where the last whole frame begins and ends, and the checksum of its header; without one, where the segment's
        /// header ends, and the seed.
        var start: Int, end: Int, checksum: UInt32
    }

    private let fileSystem: any FileSystem
    private let directory: String
    private let databaseID: UInt64
    private let groupByteLimit: Int
    /// Whether commits that are in blocks come with their samples.
    private let hasCheckpoint: Bool
    private var position: Position?
    /// Whether nothing was read yet: then what is missing is damage.
    private var isFirst = true
    /// The last commit that was passed on, or that was known from elsewhere before.
    private(set) var lastSequence: UInt64
    /// A commit that is known to be on the disk, with all before it.
    private(set) var durableSequence: UInt64
    /// The checksums of commits that were not known to be on the disk when they were read: a writer whose write failed
    /// may give their numbers to other commits.
    private var unsynced: [UInt64: UInt32] = [:]

    // What the last scan found.
    private var scans: [LogScan] = []
    private var commits: [LogPlan.PlannedCommit] = []
    private var groups: ArraySlice<Range<Int>> = []
    private var sealedThrough: UInt64 = 0
    private var isCut = false
    private var decoder: FrameDecoder<Body>?
    /// What was damaged or missing, of all scans whose commits were passed on.
    private(set) var damage: [LogReport.Damage] = []
    private var foundDamage: [LogReport.Damage] = []

    /// - Parameters:
    ///   - fileSystem: Where the log is.
    ///   - directory: The directory of the segments.
    ///   - databaseID: The database's number; segments of another one are left out.
    ///   - checkpoint: The highest sequence in the checkpoint that was loaded; nil without one. Reading starts after
    ///     it.
    ///   - sealedThrough: The highest sequence that is in blocks. Without a checkpoint, reading starts after it, except
    ///     for definitions.
    ///   - groupByteLimit: How many bytes of frames are passed on together.
    init(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64, checkpoint: UInt64?, sealedThrough: UInt64,
        groupByteLimit: Int
    ) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.databaseID = databaseID
        self.groupByteLimit = groupByteLimit
        hasCheckpoint = checkpoint != nil
        lastSequence = checkpoint ?? sealedThrough
        durableSequence = max(checkpoint ?? 0, sealedThrough)
    }

    // MARK: Scanning

    /// Reads what was added, and decides which commits count; ``next(into:)`` passes them on. What an earlier scan
    /// found and was not passed on is found again.
    ///
    /// - Parameter sealedThrough: The highest sequence that is in blocks by now.
    /// - Throws: ``LogReadFailure``.
    mutating func scan(sealedThrough: UInt64) throws(LogReadFailure) {
        (scans, commits, groups, decoder, foundDamage) = ([], [], [], nil, [])
        self.sealedThrough = sealedThrough
        var buffer = FieldBuffer(), buffered: UInt64?
        for number in try segmentNumbers() {
            buffered = nil
            if let scan = try scan(number, &buffer) { scans.append(scan) }
            buffered = number
        }
        let isFirst = isFirst
        let plan = LogPlan(
            scans, sealedThrough: sealedThrough, checkpoint: isFirst && !hasCheckpoint ? nil : lastSequence)
        try checkHistory()
        foundDamage = plan.damage
        if !isFirst, plan.damage.contains(where: { $0.sequences != nil && !$0.isSealed }) { throw .rewritten }
        isCut = plan.cutSequence != nil
        // Without a checkpoint, commits in blocks have definitions that later ones need.
        let after = isFirst && !hasCheckpoint ? 0 : lastSequence
        commits = plan.commits.filter { $0.frame.sequence > after }
        groups =
            FrameGroup<Body>.ranges(of: commits, sealedThrough: sealedThrough, byteLimit: groupByteLimit)[...]
        guard !commits.isEmpty else { return finish() }
        decoder = FrameDecoder(
            fileSystem, scans, commits, sealedThrough: sealedThrough, skipsSealedRows: isFirst && !hasCheckpoint,
            buffer: &buffer, buffered)
    }

    /// Returns the segments to read, ascending.
    private func segmentNumbers() throws(LogReadFailure) -> [UInt64] {
        let numbers: [UInt64]
        do throws(FileError) {
            guard try fileSystem.exists(directory) else { return [] }
            numbers = try fileSystem.list(directory).compactMap { FileName.number(.segment, $0) }.sorted()
        } catch { throw failure(error) }
        if let position { return numbers.filter { $0 >= position.header.number } }
        guard hasCheckpoint else { return numbers }
        // The first ones are not needed if a later one begins at or before the next commit.
        var needed = 0
        for (index, number) in numbers.enumerated() {
            guard let header = try header(of: number), header.firstSequence <= lastSequence + 1 else { break }
            needed = index
        }
        return Array(numbers.dropFirst(needed))
    }

    private func header(of number: UInt64) throws(LogReadFailure) -> SegmentHeader? {
        var bytes = FieldBuffer()
        do throws(FileError) {
            let file = try fileSystem.open(path(of: number))
            try bytes.append(file, byteCount: min(SegmentHeader.byteCount, Int(clamping: file.byteCount)))
        } catch { throw failure(error) }
        guard case .header(let header) = SegmentHeader.read(bytes.bytes), header.databaseID == databaseID,
            header.number == number
        else { return nil }
        return header
    }

    private func path(of segment: UInt64) -> String { "\(directory)/\(FileName.name(.segment, segment))" }

    private func failure(_ error: FileError) -> LogReadFailure {
        error.code == ENOENT ? .vanished : .log(LogError(error))
    }

    /// Reads a segment, or what was added to it; nil if nothing of it can be read yet.
    private func scan(_ number: UInt64, _ buffer: inout FieldBuffer) throws(LogReadFailure) -> LogScan? {
        let path = path(of: number)
        let continued = position?.header.number == number ? position : nil
        let start = continued?.end ?? 0, byteCount: Int
        buffer.removeAll()
        do throws(FileError) {
            let file = try fileSystem.open(path)
            byteCount = Int(clamping: file.byteCount)
            try buffer.append(file, from: start, byteCount: byteCount - start)
        } catch { throw failure(error) }
        // A writer cuts off a frame whose write has failed.
        guard byteCount >= start else { throw .rewritten }
        if let continued {
            guard try isUnchanged(continued, path) else { throw .rewritten }
            return LogScan(
                rest: buffer.bytes, from: continued.end, after: continued.checksum, of: continued.header, path: path)
        }
        // The file is there before its header is.
        guard buffer.count >= SegmentHeader.byteCount else { return nil }
        do throws(LogError) {
            return try LogScan(buffer.bytes, number: number, path: path, databaseID: databaseID)
        } catch { throw .log(error) }
    }

    /// Whether a segment still has the frame that was read last: a power cut may have set the writer back, so that its
    /// next segments have the numbers of those that are gone.
    private func isUnchanged(_ known: Position, _ path: String) throws(LogReadFailure) -> Bool {
        var bytes = FieldBuffer()
        let isFrame = known.start < known.end
        do throws(FileError) {
            let count = isFrame ? FrameHeader.byteCount : SegmentHeader.byteCount
            try bytes.append(try fileSystem.open(path), from: isFrame ? known.start : 0, byteCount: count)
        } catch { throw failure(error) }
        guard isFrame else { return SegmentHeader.read(bytes.bytes) == .header(known.header) }
        guard bytes.count == FrameHeader.byteCount else { return false }
        let seed = LogFormat.seed(databaseID: databaseID, segment: known.header.number)
        return FrameHeader(at: 0, of: bytes.bytes, seed: seed)?.checksum == known.checksum
    }

    /// Checks that what was read before still counts.
    private func checkHistory() throws(LogReadFailure) {
        guard !isFirst else { return }
        let current = position?.header.number ?? 0
        for scan in scans {
            // A writer has opened the log: after a power cut, commits that were read may be gone. The mark may come
            // after the segment's header was read.
            let isNew = scan.number > current || scan.start == SegmentHeader.byteCount
            if isNew, scan.beginsWithMark { throw .rewritten }
            for frame in scan.frames where !frame.isMark && frame.sequence <= lastSequence {
                if let checksum = unsynced[frame.sequence], checksum != frame.bodyChecksum { throw .rewritten }
            }
        }
        // The segments with the next commits were removed.
        if let next = scans.first?.header, next.number > current, next.firstSequence > lastSequence + 1 {
            throw .rewritten
        }
    }

    // MARK: Passing on

    /// How many groups of commits the last scan found and ``next(into:)`` has not passed on yet.
    var groupCount: Int { groups.count }

    /// Decodes the next commits into `group`: all of them are in blocks, or none. Returns false after the last.
    mutating func next(into group: FrameGroup<Body>) throws(LogReadFailure) -> Bool {
        guard let range = groups.first, let decoder else { return false }
        decoder.decode(range, into: group)
        if let error = group.failure {
            if case .failed(let file) = error { throw failure(file) }
            throw .log(error)
        }
        let last = commits[range.upperBound - 1].frame.sequence
        for index in range where commits[index].frame.sequence > durableSequence {
            unsynced[commits[index].frame.sequence] = commits[index].frame.bodyChecksum
        }
        lastSequence = max(lastSequence, last)
        groups = groups.dropFirst()
        if groups.isEmpty { finish() }
        return true
    }

    /// Moves to the end of what was passed on.
    private mutating func finish() {
        isFirst = false
        // A segment that cannot be read is found again by each scan.
        damage += foundDamage.filter { !damage.contains($0) }
        for scan in scans { for frame in scan.frames { durableSequence = max(durableSequence, frame.syncedSequence) } }
        durableSequence = max(durableSequence, min(sealedThrough, lastSequence))
        unsynced = unsynced.filter { $0.key > durableSequence }
        defer { (scans, commits, decoder) = ([], [], nil) }
        // Commits that do not count yet are looked at again.
        guard !isCut, let last = scans.last(where: { $0.header != nil }), let header = last.header else { return }
        var next = Position(
            header: header, start: SegmentHeader.byteCount, end: SegmentHeader.byteCount,
            checksum: LogFormat.seed(databaseID: databaseID, segment: header.number))
        if last.start > 0, let position { next = position }
        if let frame = last.frames.last {
            (next.start, next.end, next.checksum) = (frame.offset, frame.offset + frame.byteCount, frame.checksum)
        }
        position = next
    }
}
