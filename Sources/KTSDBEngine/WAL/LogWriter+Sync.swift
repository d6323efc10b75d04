internal import CLibrary
internal import KTSDBModel
internal import Synchronization

extension LogWriter {
    /// How many bytes of memory a buffer keeps when it is empty.
    static let spareByteLimit = 1 << 20

    /// How often all names are checked, even when there is nothing to sync.
    static let checkNanoseconds: UInt64 = 1_000_000_000

    /// How often names are checked while nothing is appended and nothing has failed.
    private static let idleNanoseconds: UInt64 = 10 * checkNanoseconds

    /// How long after the last frame and the last sync a mark records that sync.
    private static let markNanoseconds: UInt64 = 500_000_000

    /// Returns when this commit and all before it are on the disk. One caller at a time syncs for all that are waiting.
    ///
    /// - Precondition: The commit was made.
    /// - Throws: ``LogError/notDurable(sequence:_:)`` when the sync failed and could not be made good.
    package func waitUntilDurable(_ sequence: UInt64) throws(LogError) {
        guard durableSequence < sequence else { return }
        precondition(sequence <= lastSequence, "Only commits that were made become durable.")
        while durableSequence < sequence {
            guard gate.enterOrWait() else { continue }
            let failure = durableSequence < sequence ? syncNow() : nil
            gate.leave()
            tellFailure()
            if let failure, durableSequence < sequence { throw .notDurable(sequence: sequence, failure) }
        }
    }

    /// Does what is due: a sync, because the chosen interval has passed or because many frames wait for one; another
    /// attempt after a failure; a check that all names still exist; or the mark that records the last sync. Does not
    /// wait for a sync that is already running.
    package func syncIfDue() {
        let now = options.clock()
        let (isDue, isCheckDue) = state.withLock { state in
            state.isClosed
                ? (false, false) : (self.isDue(state, at: now), now >= state.lastCheck + Self.checkNanoseconds)
        }
        if isDue || isCheckDue, gate.tryEnter() {
            if isDue { _ = syncNow() }
            if isCheckDue { _ = checkAll() }
            gate.leave()
            tellFailure()
        }
        try? withState { writer, state throws(LogError) in
            // For half a second, there was no frame that could have recorded it.
            guard !state.isClosed, state.failure == nil, !state.hasKeptFrames, state.current != nil,
                state.recordedSequence < state.durableSequence,
                now >= max(state.lastFrame, state.lastSync) + Self.markNanoseconds
            else { return }
            try writer.writeMark(&state)
        }
    }

    /// How long the sync thread can sleep, in nanoseconds: at most a second, or ten seconds while nothing is appended.
    /// An append that makes it due earlier wakes the sync thread, and so does a failure.
    var nanosecondsUntilDue: UInt64 {
        let now = options.clock()
        let (due, isIdle) = state.withLock { state in
            guard !state.isClosed else { return (UInt64.max, true) }
            var due = syncTime(state)
            if state.failure == nil, !state.hasKeptFrames, state.current != nil,
                state.recordedSequence < state.durableSequence
            {
                due = min(due, max(state.lastFrame, state.lastSync) + Self.markNanoseconds)
            }
            return (due, due == .max && now &- state.lastFrame >= Self.checkNanoseconds)
        }
        // What is due and was not done, since it failed or another thread is doing it, has time.
        return due > now ? min(due - now, isIdle ? Self.idleNanoseconds : Self.checkNanoseconds) : 10_000_000
    }

    private func isDue(_ state: borrowing State, at now: UInt64) -> Bool { now >= syncTime(state) }

    /// When a sync, or another attempt after a failure, is due; `UInt64.max` if there is nothing to sync.
    private func syncTime(_ state: borrowing State) -> UInt64 {
        if state.failure != nil { return state.lastAttempt + 1_000_000_000 }
        guard state.kept.count > 0 else { return .max }
        if state.kept.count >= options.keptByteLimit / 2 { return 0 }
        guard case .interval(let interval) = options.durability else { return .max }
        // A quarter of the interval is left for the sync itself.
        let nanoseconds = UInt64(clamping: max(0, interval.milliseconds)) * 1_000_000
        return state.oldestKept + nanoseconds / 4 * 3
    }

    /// Syncs everything that has been written so far; called with the gate held.
    ///
    /// - Returns: nil when all of it is on the disk, perhaps in a fresh segment; otherwise what failed.
    func syncNow() -> FileError? {
        struct Work: Sendable {
            var files: [any WritableFile]
            var retiredCount: Int
            var syncsDirectory: Bool
            var through: UInt64
            var newestSegment: UInt64
            /// The files' segments.
            var segments: [Segment]
        }
        enum Decision: Sendable {
            case nothing
            case retry(FileError)
            case sync(Work)
        }
        let decision = state.withLock { state -> Decision in
            if let failure = state.failure { return .retry(failure) }
            guard state.hasKeptFrames || state.directoryNeedsSync else { return .nothing }
            state.moveKeptFrames(keepingUpTo: Self.spareByteLimit)
            let work = Work(
                files: state.retired.map(\.open.file) + (state.current.map { [$0.file] } ?? []),
                retiredCount: state.retired.count, syncsDirectory: state.directoryNeedsSync,
                through: state.lastSequence, newestSegment: state.segments.last?.number ?? 0,
                segments: state.segments.filter { $0.lastSequence > state.durableSequence })
            state.directoryNeedsSync = false
            return .sync(work)
        }
        switch decision {
        case .nothing: return nil
        case .retry: return tryToHeal()
        case .sync(let work):
            do throws(FileError) {
                for file in work.files { try file.sync() }
                if work.syncsDirectory { try fileSystem.syncDirectory(directory) }
                // A file that has lost its name can be synced all the same, but nobody will find it.
                try checkNames(work.segments, isThorough: false)
            } catch {
                state.withLock { state in state.failure = error }
                return tryToHeal()
            }
            let now = options.clock()
            state.withLock { state in
                state.durableSegment = max(state.durableSegment, work.newestSegment)
                for segment in state.retired.prefix(work.retiredCount) { closeRetired(segment, &state) }
                state.retired.removeFirst(work.retiredCount)
                state.syncing.removeAll(keepingUpTo: Self.spareByteLimit)
                state.lastSync = now
                state.durableSequence = work.through
                durable.store(work.through, ordering: .releasing)
            }
            return nil
        }
    }

    /// Closes a full segment that is synced, as is the one after it. A mark at its end records that; the mark itself is
    /// never synced. If the next segment is missing later, recovery notices by this mark.
    private func closeRetired(_ segment: RetiredSegment, _ state: inout State) {
        defer { segment.open.file.close() }
        guard segment.takesMark, let index = state.segments.firstIndex(where: { $0.number == segment.number }),
            index + 1 < state.segments.count, state.segments[index + 1].number <= state.durableSegment
        else { return }
        let header = FrameHeader(
            markAfter: state.segments[index].lastSequence, synced: state.durableSequence,
            nextSegment: state.segments[index + 1].number, previousChecksum: segment.open.checksum)
        var buffer = FieldBuffer(capacity: FrameHeader.byteCount)
        header.encode(seed: segment.open.seed, into: &buffer)
        if (try? segment.open.file.writeAll(buffer.bytes)) != nil {
            state.segments[index].byteCount += UInt64(FrameHeader.byteCount)
        } else {
            try? segment.open.file.truncate(to: state.segments[index].byteCount)
        }
    }

    /// Appends a mark that records what is synced; throws if it could not be written.
    func writeMark(_ state: inout State) throws(LogError) {
        if state.current == nil { try openSegment(&state, firstSequence: state.lastSequence + 1) }
        let header = FrameHeader(
            markAfter: state.lastSequence, synced: state.durableSequence, nextSegment: 0,
            previousChecksum: state.current!.checksum)
        state.scratch.removeAll(keepingUpTo: Self.spareByteLimit)
        let checksum = header.encode(seed: state.current!.seed, into: &state.scratch)
        do throws(FileError) {
            try state.current!.file.writeAll(state.scratch.bytes)
        } catch {
            throw abandonOpenSegment(&state, after: error)
        }
        recordFrame(&state, checksum: checksum, byteCount: FrameHeader.byteCount)
    }

    // MARK: After a failure

    /// Tries to make good what failed; called with the gate held.
    ///
    /// - Returns: What keeps the log from taking appends; nil when nothing does any more.
    func tryToHeal() -> FileError? {
        state.withLock { state in
            guard state.failure != nil, !state.isClosed else { return state.failure }
            do throws(LogError) {
                try heal(&state)
                return nil
            } catch { return state.failure }
        }
    }

    /// After a failure, gives up the affected files, whose pages the system may have dropped, and writes the kept
    /// frames to a fresh segment, which it syncs. Does so only if everything is in its place: in another directory
    /// nothing is changed.
    ///
    /// - Throws: ``LogError/notDurable(sequence:_:)``; the frames are still kept then, for the next attempt.
    private func heal(_ state: inout State) throws(LogError) {
        state.lastAttempt = options.clock()
        do throws(FileError) {
            try checkNames(state.segments, isThorough: true)
            for segment in state.segments { try checkLength(segment) }
        } catch {
            state.failure = error
            throw refusal(state)
        }
        giveUpFiles(&state)
        let first = state.durableSequence + 1
        do throws(LogError) {
            try openSegment(&state, firstSequence: first, definitionsSince: state.definitionsSince)
        } catch {
            if case .failed(let error) = error { state.failure = error }
            if case .diskFull(let path) = error {
                state.failure = FileError(path: path, operation: "create", code: ENOSPC)
            }
            throw refusal(state)
        }
        do throws(FileError) {
            try writeKeptFrames(&state)
            try state.current!.file.sync()
            try fileSystem.syncDirectory(directory)
            try checkNames(state.segments.suffix(1), isThorough: false)
        } catch {
            dropOpenSegment(&state)
            state.failure = error
            throw refusal(state)
        }
        for index in state.segments.indices.dropLast() where state.segments[index].lastSequence >= first {
            state.segments[index].lastSequence = first - 1
        }
        state.failure = nil
        state.definitionsSince = nil
        state.directoryNeedsSync = false
        state.durableSegment = state.segments.last!.number
        state.syncing.removeAll(keepingUpTo: Self.spareByteLimit)
        state.kept.removeAll(keepingUpTo: Self.spareByteLimit)
        state.lastSync = options.clock()
        state.durableSequence = state.lastSequence
        durable.store(state.lastSequence, ordering: .releasing)
    }

    /// Makes sure that nobody has shortened a segment.
    private func checkLength(_ segment: Segment) throws(FileError) {
        guard try fileSystem.open(segment.path).byteCount < segment.byteCount else { return }
        throw FileError(segment.path, WatchedName.operation, ESTALE)
    }

    /// Closes the files that are not synced, without another sync. Their segments stay, for what was synced before.
    private func giveUpFiles(_ state: inout State) {
        for segment in state.segments where segment.lastSequence > state.durableSequence {
            state.definitionsSince = min(state.definitionsSince ?? .max, segment.definitionsSince)
        }
        for segment in state.retired { segment.open.file.close() }
        state.current?.file.close()
        state.retired = []
        state.current = nil
    }

    /// Writes all kept frames to the open segment, with a new chain of checksums.
    private func writeKeptFrames(_ state: inout State) throws(FileError) {
        state.moveKeptFrames(keepingUpTo: Self.spareByteLimit)
        var moved = FieldBuffer(capacity: state.syncing.count)
        let checksum = Self.rechain(
            state.syncing, after: state.current!.checksum, seed: state.current!.seed,
            syncedSequence: state.durableSequence, into: &moved)
        try state.current!.file.writeAll(moved.bytes)
        state.segments[state.segments.count - 1].lastSequence = state.lastSequence
        recordFrame(&state, checksum: checksum, byteCount: moved.count)
    }

    /// Appends frames to `moved` with headers for another segment and returns the last one's checksum.
    private static func rechain(
        _ frames: borrowing FieldBuffer, after previous: UInt32, seed: UInt32, syncedSequence: UInt64,
        into moved: inout FieldBuffer
    ) -> UInt32 {
        var checksum = previous
        var offset = 0
        while offset < frames.count {
            guard var header = FrameHeader(at: offset, of: frames.bytes, seed: nil) else {
                preconditionFailure("Kept frames are as they were written.")
            }
            header.link(to: checksum, synced: syncedSequence)
            checksum = header.encode(seed: seed, into: &moved)
            let body = (offset + FrameHeader.byteCount)..<(offset + FrameHeader.byteCount + header.bodyByteCount)
            moved.append(frames.bytes.extracting(body))
            offset = body.upperBound
        }
        return checksum
    }

    /// Removes the segment that a failed attempt to heal has begun.
    private func dropOpenSegment(_ state: inout State) {
        state.current?.file.close()
        state.current = nil
        let segment = state.segments.removeLast()
        try? fileSystem.remove(segment.path)
    }
}
