public import KTSDBModel
internal import Synchronization

/// Whether the disk of a data directory is full, and the *reserve*: a file that takes room on the disk until it is.
///
/// The disk counts as full from the first call that finds no room. Then the reserve is given up, and commits are
/// refused, so that its room is left for what makes room in turn: seals, checkpoints, compactions, retention, and
/// deletions. The state ends when the disk has room for the reserve and half as much again; the reserve is then taken
/// anew. Safe for use by any number of threads at once; its lock is held over calls of the file system, and nothing
/// else is locked meanwhile.
final class DiskSpace: Sendable {
    private struct State {
        /// The size of the reserve that is on the disk; 0 without one.
        var reserve: UInt64 = 0
        var fullSince: Int64?
        /// The earliest time for the end of the state, by the clock that only goes forward.
        var resumesFrom = Int64.min
        var lastEnd: Int64?
        var timesFull = 0
        /// What is to be reported.
        var news: [DatabaseEvent] = []
    }

    private let files: any FileSystem
    private let path: String
    private let limit: UInt64
    private let wallClock: @Sendable () -> Int64, monotonicClock: @Sendable () -> Int64
    private let state = Mutex(State())
    private let full = Atomic(false)
    private let opened = Atomic(false)
    private let refused = Atomic(0)

    /// With a limit of 0 there is no reserve. Both clocks are in milliseconds; the second only goes forward.
    init(
        _ files: any FileSystem, _ path: String, reserveByteLimit: Int, wallClock: @escaping @Sendable () -> Int64,
        monotonicClock: @escaping @Sendable () -> Int64
    ) {
        self.files = files
        self.path = path
        limit = UInt64(max(0, reserveByteLimit))
        self.wallClock = wallClock
        self.monotonicClock = monotonicClock
    }

    /// Room that must be free beyond the reserve before the state ends, in bytes, at least.
    private static let leastMargin: UInt64 = 64 << 10

    /// How long the state lasts if it comes again within as long a time, in milliseconds: a disk that looks as if it
    /// had room, and has none for this user, is not tried by each commit.
    private static let pause: Int64 = 10_000

    private var reservePath: String { "\(path)/\(FileName.reserve)" }

    /// The same file system, which makes room once when it has none. Other directories may be on other disks: when one
    /// of them is full, that is only the caller's concern.
    var guarded: any FileSystem {
        RoomMakingFileSystem(files) { [self] file in
            file == path || file.hasPrefix(path + "/") ? noteFull(file) : false
        }
    }

    /// Whether commits are refused because the disk is full.
    var isFull: Bool { full.load(ordering: .relaxed) }

    var statistics: DiskSpaceStatistics {
        state.withLock { state in
            DiskSpaceStatistics(
                fullSince: state.fullSince.map(Timestamp.init(milliseconds:)), timesFull: state.timesFull,
                reserveBytes: state.reserve, refusedCommits: refused.load(ordering: .relaxed))
        }
    }

    /// Counts a commit that was refused.
    func countRefusal() { refused.add(1, ordering: .relaxed) }

    /// Adds something that is to be reported.
    func note(_ event: DatabaseEvent) { state.withLock { $0.news.append(event) } }

    /// Takes what is to be reported since the last call. Nothing may be locked when it is reported.
    func takeNews() -> [DatabaseEvent] {
        state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
    }

    /// Takes the reserve, if there is room for it; called when the database is open. From now on, the room of the
    /// reserve is not for commits.
    func finishOpening() {
        opened.store(true, ordering: .relaxed)
        keepReserve()
    }

    /// Takes the reserve if the disk has room for it and is not full.
    func keepReserve() {
        state.withLock { state in
            let size = reserveSize
            guard state.fullSince == nil, state.reserve != size else { return }
            // What an earlier process has left may have another size.
            giveUpReserve(&state)
            guard size > 0, freeBytes >= size + margin(size) else { return }
            _ = takeReserve(size, &state)
        }
    }

    /// Whether commits are possible: ends the state if there is room again.
    func resume() -> Bool {
        guard isFull else { return true }
        return state.withLock { state in
            guard state.fullSince != nil else { return true }
            let now = monotonicClock()
            guard now >= state.resumesFrom else { return false }
            let size = reserveSize
            guard freeBytes >= size + margin(size), size == 0 || takeReserve(size, &state) else { return false }
            state.fullSince = nil
            state.lastEnd = now
            full.store(false, ordering: .relaxed)
            state.news.append(.diskHasRoom)
            return true
        }
    }

    /// Whether the disk has the room with which commits are possible again, even if there is a pause before that.
    var hasEnoughRoom: Bool {
        let size = reserveSize
        return freeBytes >= size + margin(size)
    }

    /// Notes that a call found no room, and gives up the reserve.
    ///
    /// - Returns: Whether the call can be made again in the room of the reserve.
    private func noteFull(_ path: String) -> Bool {
        state.withLock { state in
            if state.fullSince == nil {
                let now = monotonicClock()
                state.fullSince = wallClock()
                state.timesFull += 1
                if let end = state.lastEnd, now - end < Self.pause { state.resumesFrom = now + Self.pause }
                full.store(true, ordering: .relaxed)
                state.news.append(.diskFull(path: self.path))
            }
            let isThere = state.reserve > 0 || ((try? files.exists(reservePath)) ?? false)
            guard isThere else { return false }
            giveUpReserve(&state)
            // What is opened may use the room, a commit may not.
            let log = FileName.directory(self.path, .log)
            return !opened.load(ordering: .relaxed) || !(path == log || path.hasPrefix(log + "/"))
        }
    }

    // MARK: The reserve

    /// The size that the reserve should have: at most a hundredth of the disk.
    private var reserveSize: UInt64 {
        guard limit > 0, let total = try? files.totalBytes(at: path) else { return 0 }
        return min(limit, total / 100)
    }

    private func margin(_ size: UInt64) -> UInt64 { max(size / 2, Self.leastMargin) }

    private var freeBytes: UInt64 { (try? files.freeBytes(at: path)) ?? 0 }

    private func takeReserve(_ size: UInt64, _ state: inout State) -> Bool {
        do throws(FileError) {
            let file = try files.create(reservePath)
            defer { file.close() }
            try file.allocate(size)
            state.reserve = size
            return true
        } catch {
            giveUpReserve(&state)
            return false
        }
    }

    private func giveUpReserve(_ state: inout State) {
        state.reserve = 0
        try? files.remove(reservePath)
    }
}

/// The room on a database's disk.
public struct DiskSpaceStatistics: Hashable, Sendable {
    /// Since when the disk has been full; nil while it is not. While it is, commits are refused and everything else
    /// continues.
    public var fullSince: Timestamp?
    /// How often the disk became full since the database was opened.
    public var timesFull = 0
    /// The bytes that are reserved on the disk, to be used when it is full.
    public var reserveBytes: UInt64 = 0
    /// Commits refused since the database was opened because the disk was full.
    public var refusedCommits = 0
}
