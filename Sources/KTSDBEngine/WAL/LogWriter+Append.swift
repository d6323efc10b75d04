internal import CLibrary
internal import Synchronization

extension LogWriter {
    /// Waits for a sync if too many frames are not synced yet. Called without any lock, so that only the caller waits.
    ///
    /// - Throws: ``LogError/notDurable(sequence:_:)`` when the sync failed and could not be made good.
    package func waitForSpace() throws(LogError) {
        let (sequence, isFull) = state.withLock { state in
            (state.lastSequence, !state.isClosed && state.kept.count + state.syncing.count >= options.keptByteLimit)
        }
        if isFull { try waitUntilDurable(sequence) }
    }

    /// Makes the log ready for a frame with about `byteCount` bytes of samples. Starts a new segment now if the frame
    /// needs one, so that ``segmentNumber`` is known before definitions are chosen. Waits for a sync if far too many
    /// frames are not synced yet, which ``waitForSpace()`` keeps from happening.
    ///
    /// - Throws: ``LogError``; nothing has changed then.
    package func prepare(byteCount: Int) throws(LogError) {
        let (hasFailed, mustSync) = try withState { writer, state throws(LogError) in
            guard !state.isClosed else { throw .closed }
            return (
                state.failure != nil, state.kept.count + state.syncing.count >= 4 * writer.options.keptByteLimit
            )
        }
        if hasFailed { try makeGood() }
        if mustSync { try waitUntilDurable(lastSequence) }
        try withState { writer, state throws(LogError) in
            guard state.failure == nil else { throw writer.refusal(state) }
            if state.current != nil {
                let next = state.segments.last!.byteCount + UInt64(FrameHeader.byteCount + byteCount)
                if next <= UInt64(writer.options.segmentByteLimit) || state.openSegmentIsEmpty { return }
            }
            try writer.openSegment(&state, firstSequence: state.lastSequence + 1)
        }
    }

    /// Tries to make good what failed, if anything did, unless another thread is already doing so.
    ///
    /// - Throws: ``LogError/notDurable(sequence:_:)`` when the log is still broken.
    func makeGood() throws(LogError) {
        guard failure != nil else { return }
        if gate.tryEnter() {
            _ = tryToHeal()
            gate.leave()
            tellFailure()
        }
        try withState { writer, state throws(LogError) in
            if state.failure != nil { throw writer.refusal(state) }
        }
    }

    /// Writes one commit and returns its sequence. The operating system has the bytes then, but they are not yet on the
    /// disk.
    ///
    /// - Precondition: ``prepare(byteCount:)`` was called for this frame.
    /// - Throws: ``LogError``; the commit is not in the log then, and the next one gets its sequence.
    package func append(
        _ context: FrameContext, _ body: borrowing LogBody
    ) throws(LogError) -> UInt64 {
        let changesDueTime: Bool
        let sequence: UInt64
        (sequence, changesDueTime) = try withState { writer, state throws(LogError) in
            guard !state.isClosed else { throw .closed }
            guard state.failure == nil else { throw writer.refusal(state) }
            // A mark that found no room has closed the segment since the frame was prepared.
            guard state.current != nil else { throw .diskFull(path: writer.directory) }
            guard body.byteCount <= writer.options.bodyByteLimit else {
                throw .frameTooLarge(byteCount: body.byteCount)
            }
            let header = FrameHeader(
                bodyByteCount: body.byteCount, bodyChecksum: body.checksum,
                previousChecksum: state.current!.checksum, sequence: state.lastSequence + 1,
                syncedSequence: state.durableSequence, context: context)
            let start = state.kept.count
            let checksum = header.encode(seed: state.current!.seed, into: &state.kept)
            state.kept.append(body.bytes)
            do throws(LogError) {
                try writer.write(&state, keptFrom: start)
            } catch {
                state.kept.truncate(to: start)
                throw error
            }
            writer.recordFrame(&state, checksum: checksum, byteCount: state.kept.count - start)
            if start == 0 { state.oldestKept = state.lastFrame }
            state.lastSequence += 1
            state.segments[state.segments.count - 1].lastSequence = state.lastSequence
            // The first frame after a sync begins the interval to the next one.
            let beginsInterval = if case .interval = writer.options.durability { start == 0 } else { false }
            return (
                state.lastSequence, beginsInterval || state.kept.count >= writer.options.keptByteLimit / 2
            )
        }
        if changesDueTime { wakeSyncThread() }
        return sequence
    }

    /// Runs `body` with the state locked. The body gets the writer too, because it could not capture `self` as well.
    func withState<Value>(
        _ body: (LogWriter, inout State) throws(LogError) -> Value
    ) throws(LogError) -> Value {
        var result: Result<Value, LogError>?
        state.withLock { state in
            do throws(LogError) { result = .success(try body(self, &state)) } catch { result = .failure(error) }
        }
        if case .failure = result { tellFailure() }
        return try result!.get()
    }

    /// The error that refuses an append until what failed is made good.
    func refusal(_ state: borrowing State) -> LogError {
        .notDurable(sequence: state.durableSequence + 1, state.failure!)
    }

    // MARK: Writing to the open segment

    private func write(_ state: inout State, keptFrom start: Int) throws(LogError) {
        do throws(FileError) {
            try Self.write(state.kept, from: start, to: state.current!.file)
        } catch {
            throw abandonOpenSegment(&state, after: error)
        }
    }

    private static func write(
        _ buffer: borrowing FieldBuffer, from start: Int, to file: any WritableFile
    ) throws(FileError) {
        try file.writeAll(buffer.bytes.extracting(droppingFirst: start))
    }

    /// Counts a frame that was written to the open segment.
    func recordFrame(_ state: inout State, checksum: UInt32, byteCount: Int) {
        let index = state.segments.count - 1
        state.current!.checksum = checksum
        state.segments[index].byteCount += UInt64(byteCount)
        state.recordedSequence = state.durableSequence
        state.lastFrame = options.clock()
        let step = UInt64(min(4 << 20, options.segmentByteLimit))
        if state.segments[index].byteCount + step / 4 > state.current!.reserved {
            state.current!.reserved = state.segments[index].byteCount + step
            state.current!.file.reserve(upTo: state.current!.reserved)
        }
    }

    /// After a failed write, cuts the open segment to its last good frame and takes no more appends to it. A segment
    /// without any frame is removed, so that a full disk does not collect empty ones.
    ///
    /// - Returns: The error to throw.
    func abandonOpenSegment(_ state: inout State, after error: FileError) -> LogError {
        guard let current = state.current, let segment = state.segments.last else { return LogError(error) }
        defer { note(error.at(segment.path), in: &state) }
        state.current = nil
        // If this fails, recovery sees the frames' sequences repeated in a later segment.
        try? current.file.truncate(to: segment.byteCount)
        // A segment that is known to be on the disk may be looked for when the log is opened again.
        guard segment.byteCount == UInt64(SegmentHeader.byteCount), segment.number > state.durableSegment else {
            state.retired.append(RetiredSegment(number: segment.number, open: current, takesMark: false))
            return LogError(error.at(segment.path))
        }
        current.file.close()
        // A segment without a frame is worth nothing, whether its file is removed now or by the next opening.
        state.segments.removeLast()
        try? fileSystem.remove(segment.path)
        return LogError(error.at(segment.path))
    }

    /// Records an error, after which the log takes no appends until it has been made good; the next append tries that,
    /// and so does the sync thread within a second. A full disk is not recorded: the next append simply tries.
    func note(_ error: FileError, in state: inout State) {
        if case .failed = LogError(error), state.failure == nil { state.failure = error }
    }

    /// Creates the next segment and lets appends go there; the one that was open waits for its sync. When it throws,
    /// nothing has changed.
    func openSegment(
        _ state: inout State, firstSequence: UInt64, definitionsSince: UInt64? = nil
    ) throws(LogError) {
        do throws(FileError) {
            let (segment, open) = try createSegment(
                &state, firstSequence: firstSequence, definitionsSince: definitionsSince)
            if let old = state.current, let full = state.segments.last {
                // Gives back what was reserved and not used.
                try? old.file.truncate(to: full.byteCount)
                // A mark as its first frame would revoke commits of earlier segments.
                state.retired.append(
                    RetiredSegment(
                        number: full.number, open: old,
                        takesMark: full.byteCount > UInt64(SegmentHeader.byteCount)))
            }
            state.segments.append(segment)
            state.current = open
            state.directoryNeedsSync = true
        } catch {
            note(error, in: &state)
            throw LogError(error)
        }
    }

    private func createSegment(
        _ state: inout State, firstSequence: UInt64, definitionsSince: UInt64?
    ) throws(FileError) -> (Segment, OpenSegment) {
        var file: (any WritableFile)?
        var path = ""
        while file == nil {
            path = "\(directory)/\(FileName.name(.segment, state.nextSegment))"
            do throws(FileError) { file = try fileSystem.create(path) } catch  where error.code == EEXIST {
                // An earlier attempt left this file; its number is used up.
                state.nextSegment += 1
            }
        }
        let number = state.nextSegment
        let header = SegmentHeader(
            databaseID: databaseID, number: number, firstSequence: firstSequence,
            definitionsSince: definitionsSince ?? number)
        var bytes = FieldBuffer()
        header.encode(into: &bytes)
        let identity: FileIdentity
        do throws(FileError) {
            identity = try file!.identity()
            try file!.writeAll(bytes.bytes)
        } catch {
            file!.close()
            try? fileSystem.remove(path)
            throw error.at(path)
        }
        state.nextSegment += 1
        let seed = LogFormat.seed(databaseID: databaseID, segment: number)
        let segment = Segment(
            number: number, path: path, firstSequence: firstSequence, lastSequence: firstSequence - 1,
            byteCount: UInt64(SegmentHeader.byteCount), definitionsSince: header.definitionsSince, identity: identity)
        return (segment, OpenSegment(file: file!, seed: seed, checksum: seed))
    }
}

extension FileError {
    /// Returns the same error with `path` in it: a short write does not know its file.
    func at(_ path: String) -> FileError { FileError(path: path, operation: operation, code: code, detail: detail) }
}
