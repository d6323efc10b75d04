internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// How a log works; the defaults are for real disks.
package struct LogOptions: Sendable {
    /// What commits promise; it decides when syncs are due.
    package var durability: Durability = .interval(.seconds(1))
    /// The size, in bytes, beyond which a segment does not grow: it is closed and a new one begun.
    package var segmentByteLimit = 64 << 20
    /// How many bytes one commit may have.
    package var bodyByteLimit = LogFormat.bodyByteLimit
    /// How many bytes of unsynced frames may be in memory: at this many, an append waits for a sync before it begins.
    package var keptByteLimit = 8 << 20
    /// How many bytes of frames are decoded, and then applied, together when the log is read.
    package var replayGroupByteLimit = 1 << 18
    /// A clock that only goes forward, in nanoseconds.
    package var clock: @Sendable () -> UInt64 = { MonotonicClock.nanoseconds }
    /// Makes sure that the directory around the log still exists; if `isThorough`, also that it may be written.
    package var checkDirectory: @Sendable (_ isThorough: Bool) throws(FileError) -> Void = { _ in }
    /// Called with the reason when the log stops taking commits, and with nil when it takes them again; on any thread.
    package var onFailure: @Sendable (FileError?) -> Void = { _ in }

    package init() {}
}

/// The write-ahead log of one open database: one frame per commit, in segments (FORMAT.md, section 3).
///
/// Safe for use by any number of threads at once, except that ``prepare(byteCount:)`` and ``append(_:_:)`` are called
/// by one thread at a time, under the caller's commit lock. Locks, in order: the gate (held by whoever syncs), then
/// `state`. A sync holds only the gate, so that appends continue; an append holds `state` over its `write`, and so does
/// the rare rewriting of frames after a failed sync.
package final class LogWriter: Sendable {
    /// A segment on the disk, with what its removal needs to know.
    struct Segment: Sendable {
        var number: UInt64
        var path: String
        var firstSequence: UInt64
        /// The highest commit that counts in this segment; `firstSequence - 1` if no commit counts.
        var lastSequence: UInt64
        var byteCount: UInt64
        var definitionsSince: UInt64
        /// The file that its name leads to.
        var identity: FileIdentity
    }

    /// The segment that takes appends; the last of `State.segments`.
    struct OpenSegment: Sendable {
        var file: any WritableFile
        var seed: UInt32
        /// The checksum of the last frame, or the seed.
        var checksum: UInt32
        var reserved: UInt64 = 0
    }

    /// A full segment whose file has not been closed yet.
    struct RetiredSegment: Sendable {
        var number: UInt64
        var open: OpenSegment
        /// Whether a mark may be written after its frames.
        var takesMark: Bool
    }

    struct State: ~Copyable, Sendable {
        var segments: [Segment]
        var nextSegment: UInt64
        var current: OpenSegment?
        /// Full segments whose frames are not all known to be synced, oldest first.
        var retired: [RetiredSegment] = []
        /// Whether a segment was created since the directory's last sync.
        var directoryNeedsSync = false
        /// The newest segment that is known to be on the disk.
        var durableSegment: UInt64 = 0

        var lastSequence: UInt64
        var durableSequence: UInt64
        /// The synced sequence that the last frame recorded.
        var recordedSequence: UInt64

        /// Frames that no sync covers yet, as they were written.
        var kept = FieldBuffer()
        /// Frames that the running sync covers.
        var syncing = FieldBuffer()
        var scratch = FieldBuffer()

        /// When the oldest frame in `kept` was written, when the last frame was written, and when the last sync ended.
        var oldestKept: UInt64 = 0, lastFrame: UInt64 = 0, lastSync: UInt64 = 0
        /// What failed and was not made good yet, when that was last tried, and the oldest segment whose definitions
        /// the kept frames rely on. Only the holder of the gate makes a failure good.
        var failure: FileError?
        var lastAttempt: UInt64 = 0
        /// When all names were last checked.
        var lastCheck: UInt64 = 0
        var definitionsSince: UInt64?
        var isClosed = false
    }

    let fileSystem: any FileSystem
    let directory: String
    let databaseID: UInt64
    let options: LogOptions
    private let name: WatchedName
    let state: Mutex<State>
    let gate = SingleFlight()
    /// A copy of the state's durable sequence, which can be read without the lock.
    let durable: Atomic<UInt64>
    private let ticker = Mutex<Ticker?>(nil)
    /// The failure that was last passed to `options.onFailure`. Taken before `state`.
    private let told = Mutex<FileError?>(nil)

    /// Creates a log that continues after `lastSequence`, all of which is synced, in the segments that recovery left.
    init(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64, options: LogOptions, segments: [Segment],
        nextSegment: UInt64, lastSequence: UInt64
    ) throws(FileError) {
        self.fileSystem = fileSystem
        self.directory = directory
        name = try WatchedName(directory, in: fileSystem)
        self.databaseID = databaseID
        self.options = options
        durable = Atomic(lastSequence)
        state = Mutex(
            State(
                segments: segments, nextSegment: nextSegment, lastSequence: lastSequence,
                durableSequence: lastSequence, recordedSequence: lastSequence))
    }

    deinit { stopTicker() }

    /// The bytes of the frames in memory that are not known to be synced.
    var unsyncedByteCount: Int { state.withLock { $0.kept.count + $0.syncing.count } }

    /// The number of the segment that the next frame goes to.
    package var segmentNumber: UInt64 {
        state.withLock { state in
            state.current == nil ? state.nextSegment : state.segments.last!.number
        }
    }

    /// The newest segment that is known to be on the disk.
    var durableSegment: UInt64 { state.withLock { $0.durableSegment } }

    /// The number of the last commit.
    package var lastSequence: UInt64 { state.withLock { $0.lastSequence } }

    /// The last commit that is known to be on the disk with all before it.
    package var durableSequence: UInt64 { durable.load(ordering: .acquiring) }

    /// The size of all segments, in bytes.
    package var byteCount: UInt64 { state.withLock { $0.segments.reduce(0) { $0 + $1.byteCount } } }

    /// Returns the size of the segments that have commits after `sequence`, in bytes.
    package func byteCount(after sequence: UInt64) -> UInt64 {
        state.withLock { state in
            state.segments.reduce(0) { $1.lastSequence > sequence ? $0 + $1.byteCount : $0 }
        }
    }

    // MARK: Segments

    /// Starts a new segment, unless the open one has no commit yet.
    package func rotate() throws(LogError) {
        try withState { writer, state throws(LogError) in
            guard !state.isClosed else { throw .closed }
            guard state.failure == nil else { throw writer.refusal(state) }
            if state.current != nil, state.openSegmentIsEmpty { return }
            try writer.openSegment(&state, firstSequence: state.lastSequence + 1)
        }
    }

    /// Removes whole segments whose commits are all up to `sequence`; never the open one, nor one whose definitions
    /// later frames rely on.
    package func removeSegments(through sequence: UInt64) throws(LogError) {
        let removable = removableSegments(through: sequence)
        for segment in removable {
            // It stops being watched before it is removed.
            state.withLock { state in state.segments.removeAll { $0.number == segment.number } }
            do throws(FileError) { try fileSystem.remove(segment.path) } catch  where error.code == ENOENT {} catch {
                state.withLock { state in state.segments.insert(segment, at: 0) }
                throw LogError(error)
            }
        }
    }

    /// Whether ``removeSegments(through:)`` would remove any.
    func canRemoveSegments(through sequence: UInt64) -> Bool { !removableSegments(through: sequence).isEmpty }

    private func removableSegments(through sequence: UInt64) -> [Segment] {
        state.withLock { state -> [Segment] in
            let closed = state.current == nil ? state.segments[...] : state.segments.dropLast()
            var count = closed.prefix { $0.lastSequence <= sequence }.count
            while true {
                let needed = state.segments.dropFirst(count).map(\.definitionsSince) + [state.definitionsSince ?? .max]
                let fewer = state.segments.prefix(count).prefix { $0.number < needed.min()! }.count
                if fewer == count { return Array(state.segments.prefix(count)) }
                count = fewer
            }
        }
    }

    /// Syncs, records that, and closes the files; the log takes nothing after that.
    package func close() throws(LogError) {
        stopTicker()
        let last = state.withLock { state -> UInt64? in state.isClosed ? nil : state.lastSequence }
        guard let last else { return }
        defer { state.withLock { state in Self.closeFiles(&state) } }
        try waitUntilDurable(last)
        // If nothing waited for a sync, nobody may have checked for a while.
        if let failure = check() { throw .notDurable(sequence: durableSequence + 1, failure) }
        try withState { writer, state throws(LogError) in
            guard state.recordedSequence < state.durableSequence || state.directoryNeedsSync else { return }
            try writer.writeMark(&state)
            do throws(FileError) {
                try state.current?.file.sync()
                if state.directoryNeedsSync { try writer.fileSystem.syncDirectory(writer.directory) }
            } catch { throw LogError(error) }
        }
    }

    private static func closeFiles(_ state: inout State) {
        state.isClosed = true
        for segment in state.retired { segment.open.file.close() }
        state.current?.file.close()
        state.retired = []
        state.current = nil
    }

    // MARK: Damage

    /// The segments that take no more frames and are all on the disk.
    var closedSegments: [Segment] {
        state.withLock { state in
            state.segments.filter { $0.number < state.durableSegment && $0.lastSequence <= state.durableSequence }
        }
    }

    /// Reads a closed segment and returns where the first damage before a frame that counts is; nil if it is whole.
    func damage(in segment: Segment) -> Range<UInt64>? {
        let region: MappedRegion
        do throws(FileError) {
            let file = try fileSystem.open(segment.path)
            guard file.byteCount >= segment.byteCount else { return file.byteCount..<segment.byteCount }
            region = try file.map(at: 0, count: Int(segment.byteCount))
        } catch { return 0..<segment.byteCount }
        let scan: LogScan
        do throws(LogError) {
            scan = try LogScan(region.bytes, number: segment.number, path: segment.path, databaseID: databaseID)
        } catch { return 0..<UInt64(SegmentHeader.byteCount) }
        guard scan.header != nil else { return 0..<UInt64(SegmentHeader.byteCount) }
        // Frames that were given up after a failed sync may be after the last one that counts.
        var next = segment.firstSequence, gap: Range<UInt64>?
        for item in scan.items where next <= segment.lastSequence {
            switch item {
            case .gap(let found):
                gap = gap ?? UInt64(found.bytes.lowerBound)..<UInt64(found.bytes.upperBound)
            case .frame(let frame):
                if !frame.isMark { next = frame.sequence + 1 }
                if let gap { return gap }
            }
        }
        return next <= segment.lastSequence ? gap ?? 0..<segment.byteCount : nil
    }

    // MARK: Watching the names

    /// Makes sure that the log's directory, the directory around it, and `segments` are still the ones that were
    /// written: otherwise nobody will find them.
    func checkNames(_ segments: some Sequence<Segment>, isThorough: Bool) throws(FileError) {
        try options.checkDirectory(isThorough)
        try name.check(in: fileSystem)
        if isThorough { try fileSystem.checkWritable(directory) }
        for segment in segments { try WatchedName(segment.path, segment.identity).check(in: fileSystem) }
    }

    /// Why the log takes no commits at the moment; nil when it does.
    package var failure: FileError? { state.withLock { $0.failure } }

    /// Checks now whether everything still exists and can be written, and tries to make good what failed. Waits for a
    /// sync that is already running.
    ///
    /// - Returns: What is wrong; nil when nothing is.
    package func check() -> FileError? {
        while !gate.enterOrWait() {}
        defer {
            gate.leave()
            tellFailure()
        }
        return checkAll()
    }

    /// Does the same, with the gate held.
    func checkAll() -> FileError? {
        let (failure, segments) = state.withLock { state in
            state.lastCheck = options.clock()
            return (state.failure, state.isClosed ? [] : state.segments)
        }
        if failure != nil { return tryToHeal() }
        do throws(FileError) {
            try checkNames(segments, isThorough: true)
            return nil
        } catch {
            state.withLock { $0.failure = error }
            return error
        }
    }

    /// Reports a failure, or its end, once. Called with no lock held.
    func tellFailure() {
        told.withLock { told in
            let failure = failure
            guard (failure == nil) != (told == nil) else { return }
            told = failure
            if failure != nil { wakeSyncThread() }
            options.onFailure(failure)
        }
    }

    // MARK: The sync thread

    /// Starts the thread that syncs when it is due; without it, the caller calls ``syncIfDue()``.
    ///
    /// - Returns: Whether the system could start another thread.
    @discardableResult
    package func startSyncThread() -> Bool {
        let fresh = Ticker(after: 0) { [weak self] in
            guard let self else { return Self.checkNanoseconds }
            syncIfDue()
            return nanosecondsUntilDue
        }
        let old = ticker.withLock { ticker in
            defer { ticker = fresh }
            return ticker
        }
        old?.stop()
        return fresh.start()
    }

    /// Wakes the sync thread, so that it checks at once.
    func wakeSyncThread() { ticker.withLock { $0 }?.wake() }

    private func stopTicker() {
        let old = ticker.withLock { ticker in
            defer { ticker = nil }
            return ticker
        }
        old?.stop()
    }
}

extension LogWriter.State {
    /// Whether the open segment has no commit.
    var openSegmentIsEmpty: Bool {
        guard let segment = segments.last else { return true }
        return segment.lastSequence < segment.firstSequence
    }

    /// Adds the frames in `kept` to those in `syncing`.
    mutating func moveKeptFrames(keepingUpTo limit: Int) {
        if syncing.count == 0 {
            swap(&syncing, &kept)
        } else {
            syncing.append(contentsOf: kept)
        }
        kept.removeAll(keepingUpTo: limit)
    }

    /// Whether there are frames in memory that are not known to be synced.
    var hasKeptFrames: Bool { kept.count + syncing.count > 0 }
}
