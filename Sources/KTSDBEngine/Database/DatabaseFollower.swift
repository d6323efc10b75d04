internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Reads the database in a directory while another process, or this one, writes it, and follows it: each
/// ``refresh()`` takes in what the writer has done since.
///
/// **What it shows** is always the database as it was after one commit. A refresh shows every commit whose append had
/// returned when the refresh began, whatever its durability, as a view of the writer does: so it may show commits that
/// are not on the disk yet. If the power goes, the writer comes back without them, and so does the next refresh.
/// ``durableSequence`` says up to which commit that cannot happen.
///
/// **What it does not do**: it takes no lock, writes nothing, and neither waits for the writer nor makes it wait. It
/// works without a writer too. An unfinished end of the log is what the writer is about to write, not damage. It shows
/// samples, not rollups, so queries beyond the retention of samples find nothing.
///
/// **What it costs**: the series and samples in memory, as in the writer. Between two seals of the writer, a refresh
/// reads what was appended to the MANIFEST and to the log, and opens new blocks. After a seal, it loads the newest
/// checkpoint and the log after it, as opening does, and for that time holds both what it had and what it loads. Views
/// can be taken meanwhile.
///
/// Safe for use by any number of threads at once. Refreshes wait for each other; a view waits for at most 4 MiB of the
/// log to be applied.
public final class DatabaseFollower: Sendable {
    private let files: any FileSystem
    private let path: String
    private let configuration: Database.Configuration
    private let followed: Mutex<FollowedDatabase>
    /// What views are taken of.
    private let shown: Mutex<Database>

    /// Loads the database in the directory `path`, which has to be there.
    ///
    /// Of the configuration, what concerns reading is used: the limits on what is kept, caches, memory and the clock.
    /// - Throws: ``OpenError``; ``OpenError/busy(path:)`` if the writer made more seals meanwhile than reading can
    ///   follow.
    public convenience init(path: String, configuration: Database.Configuration = .init()) throws(OpenError) {
        try self.init(files: POSIXFileSystem(), path: path, configuration: configuration)
    }

    package init(
        files disk: any FileSystem, path: String, configuration: Database.Configuration
    ) throws(OpenError) {
        do throws(FileError) {
            guard try disk.exists(path) else { throw FileError(path, "open", ENOENT) }
        } catch { throw OpenError(error) }
        var configuration = configuration
        configuration.runsMaintenance = false
        configuration.durability = .buffered
        // What is loaded anew counts in the same ledger as what it replaces.
        configuration.memory = configuration.memory ?? MemoryLedger(limit: configuration.memoryLimit)
        // Blocks are never cut once they have their names in the MANIFEST.
        files = ReadOnlyFileSystem(over: disk) { $0.hasSuffix(FileName.Kind.block.rawValue) }
        self.path = path
        self.configuration = configuration
        let loaded = try FollowedDatabase.load(files, path, configuration)
        followed = Mutex(loaded)
        shown = Mutex(loaded.database)
    }

    /// Returns a fixed view of the database as the last refresh found it.
    public func readView() -> ReadView { shown.withLock { $0 }.readView() }

    /// Takes in what the writer has committed, sealed, compacted, deleted and removed since the last refresh.
    ///
    /// - Returns: What that was.
    /// - Throws: ``OpenError``; views show what they showed before, or a later commit. The next refresh tries again.
    @discardableResult
    public func refresh() throws(OpenError) -> FollowedChanges {
        let result = followed.withLock { current -> Result<FollowedChanges, OpenError> in
            do throws(OpenError) { return .success(try refresh(&current)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func refresh(_ current: inout FollowedDatabase) throws(OpenError) -> FollowedChanges {
        do throws(FollowFailure) { return try current.update() } catch {
            if case .failed(let error) = error { throw error }
        }
        let before = sequence
        let fresh = try FollowedDatabase.load(files, path, configuration)
        current = fresh
        shown.withLock { $0 = fresh.database }
        let after = sequence
        var changes = FollowedChanges()
        changes.isReloaded = true
        changes.commits = after > before ? Int(clamping: after - before) : 0
        return changes
    }

    /// The last commit that views show.
    public var sequence: UInt64 { shown.withLock { $0 }.commit.withLock { $0.sequence } }

    /// A commit that is on the disk for certain, with all before it; those after it may be lost if the power goes.
    public var durableSequence: UInt64 { followed.withLock { $0.durableSequence } }

    /// Statistics of the database as the last refresh found it. What only the writer knows is zero: its log, seals,
    /// checkpoints and compactions.
    public var statistics: DatabaseStatistics { shown.withLock { $0 }.statistics }

    /// The blocks as the last refresh found them.
    package var blockList: [BlockOverview] { shown.withLock { $0 }.blockList }

    /// What was damaged or missing when everything was loaded last, in sentences: blocks that are left out, checkpoints
    /// that could not be used, parts of the log.
    public var damage: [String] { followed.withLock { $0.damage } }
}
