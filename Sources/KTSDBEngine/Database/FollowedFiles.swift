internal import KTSDBModel

/// Why a reader cannot continue from what it has read.
enum FollowFailure: Error {
    /// What was read before does not lead to what the files say now: everything has to be read anew.
    case changed
    case failed(OpenError)
}

/// The files of a database that another process is writing, as a reader finds them.
///
/// The MANIFEST and the log have to be of one moment. ``look()`` reads the log between two readings of the MANIFEST
/// that are equal. That suffices, because the writer changes the files in one order only: a commit that relies on an
/// edit of the MANIFEST, such as the deletion of samples that were just sealed, is written after the edit, and an edit
/// that relies on commits, such as a seal, after them. So no commit that was read relies on an edit that was not, and
/// no edit that was read relies on a commit that was not.
struct FollowedFiles: ~Copyable {
    let files: any FileSystem
    let path: String
    let pages: PageCache
    private var manifest: ManifestReader
    private(set) var log: LogReader<LoggedCommit>
    /// The open blocks by number, without masks, and those that cannot be opened.
    private(set) var blocks: [UInt64: Block] = [:]
    private(set) var missing: [UInt64: (summary: BlockSummary, data: MissingData)] = [:]

    /// How often the MANIFEST may change under a reader before it gives up.
    static let attempts = 32

    /// Prepares reading the log after what `checkpoint` has; nil if there is no checkpoint.
    init(
        _ files: any FileSystem, _ path: String, _ manifest: ManifestReader, _ pages: PageCache, checkpoint: UInt64?,
        groupByteLimit: Int
    ) {
        self.files = files
        self.path = path
        self.pages = pages
        self.manifest = manifest
        log = LogReader(
            fileSystem: files, directory: FileName.directory(path, .log), databaseID: manifest.state.databaseID,
            checkpoint: checkpoint, sealedThrough: manifest.state.sealedThrough, groupByteLimit: groupByteLimit)
    }

    /// The MANIFEST's state, and the number of its last edit.
    var state: ManifestState { manifest.state }
    var editNumber: UInt64 { manifest.number }

    /// Finds out what there is now: blocks are opened, and the log's new commits can be taken.
    ///
    /// - Throws: ``FollowFailure``; ``FollowFailure/changed`` if a seal took place: samples that were read from the log
    ///   or from a checkpoint are in blocks then.
    mutating func look() throws(FollowFailure) {
        for _ in 0..<Self.attempts {
            do throws(LogReadFailure) { try log.scan(sealedThrough: state.sealedThrough) } catch {
                switch error {
                case .vanished:
                    // A segment that is not needed any more was removed after it had been listed.
                    _ = try readManifest()
                    continue
                case .rewritten: throw .changed
                case .log(let error): throw .failed(OpenError(error, path: path))
                }
            }
            if try readManifest() { continue }
            if try openBlocks() { return }
        }
        throw .failed(.busy(path: path))
    }

    /// Reads the MANIFEST; returns whether it has changed.
    private mutating func readManifest() throws(FollowFailure) -> Bool {
        let known = state, hasChanged: Bool
        do throws(ManifestError) { hasChanged = try manifest.read() } catch { throw .failed(OpenError(error)) }
        guard state.databaseID == known.databaseID, state.sealedThrough == known.sealedThrough else { throw .changed }
        return hasChanged
    }

    /// Opens the blocks that are new; returns false if the MANIFEST has changed meanwhile.
    private mutating func openBlocks() throws(FollowFailure) -> Bool {
        var opened: [UInt64: Block] = [:]
        var lost: [UInt64: (summary: BlockSummary, data: MissingData)] = [:]
        for summary in state.blocks {
            if let block = blocks[summary.number], block.summary == summary {
                opened[summary.number] = block
                continue
            }
            if let known = missing[summary.number], known.summary == summary {
                lost[summary.number] = known
                continue
            }
            do throws(ReadError) {
                opened[summary.number] = try Block.open(
                    fileSystem: files, path: FileName.path(path, .block, summary.number), summary: summary, pages: pages
                )
            } catch {
                // A compaction has replaced it, unless the MANIFEST still names it.
                if try readManifest() { return false }
                pages.damage.note(error)
                lost[summary.number] = (summary, MissingData(error, summary.times, isWholeFile: true))
            }
        }
        (blocks, missing) = (opened, lost)
        return true
    }

    /// Leaves out a block of which it cannot be found out what is deleted in it.
    mutating func leaveOut(_ number: UInt64, _ data: MissingData) {
        guard let block = blocks.removeValue(forKey: number) else { return }
        missing[number] = (block.summary, data)
    }

    /// Decodes the next commits that the last look found, at most `limit` groups of them.
    mutating func takeCommits(groups limit: Int) throws(FollowFailure) -> [FrameGroup<LoggedCommit>] {
        var taken: [FrameGroup<LoggedCommit>] = []
        while taken.count < limit {
            let group = FrameGroup<LoggedCommit>()
            do throws(LogReadFailure) { guard try log.next(into: group) else { break } } catch {
                guard case .log(let error) = error else { throw .changed }
                throw .failed(OpenError(error, path: path))
            }
            taken.append(group)
        }
        return taken
    }
}
