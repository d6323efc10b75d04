internal import CLibrary
package import KTSDBEngine
internal import Synchronization

/// A disk in memory that keeps written and synced bytes apart, and that fails or loses power at a call chosen by a
/// test.
///
/// Every call of the file system and of its files counts, from 0. Everything follows from the calls and the seeds, so
/// that a failing test fails again.
package final class SimulatedFileSystem: FileSystem {
    /// A call, for messages and for choosing where to fail.
    package struct Call: Hashable, Sendable, CustomStringConvertible {
        /// "write", "sync", …
        package var operation: String
        /// The file or directory.
        package var path: String

        package var description: String { "\(operation) \(path)" }
    }

    struct State {
        var disk: SimulatedDisk
        var faults: [Int: DiskFault] = [:]
        var faultCount = 0
        var calls: [Call] = []
        var hasCrashed = false
        var locked: Set<String> = []
        var capacity: Int?
        /// What ``totalBytes(at:)`` returns, whatever the capacity.
        var totalByteCount: Int?
        /// From this call on, nothing that takes room succeeds: the disk has what it has then, and no more.
        var fullFrom: Int?
        /// Whether someone else takes each byte that becomes free, so that files cannot be created either.
        var isTakenByOthers = false
        /// The error code of every call that would change something; nil if such calls succeed.
        var readOnlyCode: Int32?
        /// Mappings, which a flipped bit must reach too.
        var regions: [Region] = []
    }
    struct Region {
        weak var region: MappedRegion?
        var file: Int
        var offset: Int
    }
    private let state: Mutex<State>
    /// A closure in a structure: a mutex that holds the closure itself would wrap it once more each time it is read.
    private struct Hook {
        var onCall: (@Sendable (Call) -> Void)?
    }
    private let hook = Mutex(Hook())

    /// Called before each call, with no lock held: it may make calls of its own. For tests in which two programs take
    /// turns.
    package var onCall: (@Sendable (Call) -> Void)? {
        get { hook.withLock { $0.onCall } }
        set { hook.withLock { $0.onCall = newValue } }
    }

    /// Creates an empty disk.
    package convenience init() { self.init(SimulatedDisk()) }

    private init(_ disk: SimulatedDisk) { state = Mutex(State(disk: disk)) }

    // MARK: For tests

    /// The number of calls so far.
    package var callCount: Int { state.withLock { $0.calls.count } }

    /// The calls so far, in order.
    package var calls: [Call] { state.withLock { $0.calls } }

    /// Whether the power is gone.
    package var hasCrashed: Bool { state.withLock { $0.hasCrashed } }

    /// Makes `fault` happen at the call with this number, counted from the file system's creation.
    package func inject(_ fault: DiskFault, atCall number: Int) { state.withLock { $0.faults[number] = fault } }

    /// Makes `fault` happen at this call and all later ones, until ``heal()``.
    package func injectAlways(_ fault: DiskFault, from number: Int, count: Int = 10_000) {
        state.withLock { state in for call in number..<(number + count) { state.faults[call] = fault } }
    }

    /// How many injected faults have happened.
    package var faultCount: Int { state.withLock { $0.faultCount } }

    /// Whether there are faults that have not happened yet.
    package var hasFaults: Bool { state.withLock { !$0.faults.isEmpty } }

    /// Cancels all faults that have not happened yet.
    package func heal() { state.withLock { $0.faults = [:] } }

    /// Limits the total number of bytes in all files; nil for no limit. A write beyond the limit is cut short.
    package func setCapacity(_ bytes: Int?) { state.withLock { $0.capacity = bytes } }

    /// Sets the size of the disk, by which the database chooses the size of its reserve; the capacity stays.
    package func setTotalByteCount(_ bytes: Int?) { state.withLock { $0.totalByteCount = bytes } }

    /// Fills the disk, from the call with this number on, until ``makeRoom()``. Removing a file makes room, unless
    /// someone else takes what becomes free: then there is never any, not even for the name of a new file.
    package func fillUp(fromCall number: Int, isTakenByOthers: Bool) {
        state.withLock { ($0.fullFrom, $0.isTakenByOthers) = (number, isTakenByOthers) }
    }

    /// Ends ``fillUp(fromCall:isTakenByOthers:)``.
    package func makeRoom() { state.withLock { ($0.fullFrom, $0.capacity, $0.isTakenByOthers) = (nil, nil, false) } }

    /// Whether ``fillUp(fromCall:isTakenByOthers:)`` has taken effect and not ended.
    package var isFull: Bool { state.withLock { $0.fullFrom != nil && $0.capacity != nil } }

    /// Makes every call that would change something fail with this errno, such as `EROFS`; nil ends that.
    package func setReadOnly(_ code: Int32?) { state.withLock { $0.readOnlyCode = code } }

    /// Removes a file, or a directory with its content, as if someone else did it under a running program. Does not
    /// count as a call.
    package func removeTree(_ path: String) {
        let path = FilePath.normalized(path)
        state.withLock { state in
            for name in state.disk.entries.keys.sorted().reversed() where name == path || name.hasPrefix(path + "/") {
                state.disk.apply(.remove(name))
            }
            state.disk.syncAllEntries()
        }
    }

    /// Renames a file, or a directory with its content, as if someone else did it. Does not count as a call.
    package func moveTree(_ source: String, to target: String) {
        let source = FilePath.normalized(source), target = FilePath.normalized(target)
        state.withLock { state in
            if let entry = state.disk.entries[source] { state.disk.apply(.rename(source, to: target, entry)) }
            state.disk.syncAllEntries()
        }
    }

    /// Creates an empty directory, as if someone else did it. Does not count as a call.
    package func makeDirectory(_ path: String) {
        let path = FilePath.normalized(path)
        state.withLock { state in
            state.disk.apply(.set(path, .directory))
            state.disk.syncAllEntries()
        }
    }

    /// Returns a new disk with what a power cut now may leave: see ``DiskFault/crash``. The same seed gives the same
    /// disk.
    package func crashImage(seed: UInt64) -> SimulatedFileSystem {
        SimulatedFileSystem(state.withLock { $0.disk.afterCrash(seed: seed) })
    }

    /// Returns a new disk with the same files, all synced: what remains if only the process ends.
    package func processEndImage() -> SimulatedFileSystem {
        var disk = state.withLock { $0.disk }
        for index in disk.files.indices { disk.files[index].synced = disk.files[index].live }
        for index in disk.files.indices { disk.files[index].unsynced = [] }
        disk.durableEntries = disk.entries
        disk.unsyncedEntries = []
        return SimulatedFileSystem(disk)
    }

    /// Flips one bit of a file, on the disk and in every mapping of it.
    package func flipBit(_ path: String, byte: Int, bit: Int) {
        state.withLock { state in
            guard case .file(let file) = state.disk.entries[FilePath.normalized(path)] else {
                preconditionFailure("\(path) is not a file.")
            }
            state.disk.files[file].live[byte] ^= 1 << UInt8(bit)
            if byte < state.disk.files[file].synced.count { state.disk.files[file].synced[byte] ^= 1 << UInt8(bit) }
            state.regions.removeAll { $0.region == nil }
            for entry in state.regions where entry.file == file {
                guard let region = entry.region, byte >= entry.offset, byte < entry.offset + region.byteCount else {
                    continue
                }
                region.flipBit(at: byte - entry.offset, bit: bit)
            }
        }
    }

    /// Returns a file's bytes as a reader sees them now.
    package func contents(of path: String) -> [UInt8]? {
        state.withLock { state in
            guard case .file(let file) = state.disk.entries[FilePath.normalized(path)] else { return nil }
            return state.disk.files[file].live
        }
    }

    /// Sets a file's content to `bytes`, synced.
    package func setContents(of path: String, to bytes: [UInt8]) {
        let path = FilePath.normalized(path)
        state.withLock { state in
            var parent = FilePath.parent(of: path)
            while let directory = parent, directory != "/" {
                state.disk.entries[directory] = .directory
                state.disk.durableEntries[directory] = .directory
                parent = FilePath.parent(of: directory)
            }
            state.disk.files.append(.init(live: bytes, synced: bytes))
            state.disk.entries[path] = .file(state.disk.files.count - 1)
            state.disk.durableEntries[path] = .file(state.disk.files.count - 1)
        }
    }

    /// The path and bytes of every file, for comparing two disks.
    package var snapshot: [String: [UInt8]] {
        state.withLock { state in
            var result: [String: [UInt8]] = [:]
            for case (let path, .file(let file)) in state.disk.entries { result[path] = state.disk.files[file].live }
            return result
        }
    }

    // MARK: FileSystem

    package func createDirectory(_ path: String) throws(FileError) {
        let path = FilePath.normalized(path)
        try call("create directory", path) { state throws(FileError) in
            var missing: [String] = []
            var next: String? = path
            while let directory = next, directory != "/", state.disk.entries[directory] != .directory {
                guard state.disk.entries[directory] == nil else { throw Self.error(path, "create directory", EEXIST) }
                missing.append(directory)
                next = FilePath.parent(of: directory)
            }
            for directory in missing.reversed() { state.disk.apply(.set(directory, .directory)) }
        }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        let directory = FilePath.normalized(directory)
        return try call("list", directory) { state throws(FileError) in
            guard state.disk.entries[directory] == .directory else { throw Self.error(directory, "list", ENOENT) }
            return state.disk.entries.keys.filter { FilePath.parent(of: $0) == directory }.map(FilePath.name(of:))
                .sorted()
        }
    }

    package func exists(_ path: String) throws(FileError) -> Bool {
        let path = FilePath.normalized(path)
        return try call("exists", path) { state throws(FileError) in state.disk.entries[path] != nil }
    }

    package func create(_ path: String) throws(FileError) -> any WritableFile {
        let path = FilePath.normalized(path)
        let file = try call("create", path) { state throws(FileError) in
            guard state.disk.entries[path] == nil else { throw Self.error(path, "create", EEXIST) }
            if let parent = FilePath.parent(of: path), parent != "/", state.disk.entries[parent] != .directory {
                throw Self.error(path, "create", ENOENT)
            }
            state.disk.files.append(.init())
            state.disk.apply(.set(path, .file(state.disk.files.count - 1)))
            return state.disk.files.count - 1
        }
        return SimulatedWritableFile(self, file: file, path: path)
    }

    package func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        let path = FilePath.normalized(path)
        let file = try call("open for writing", path) { state throws(FileError) in
            try Self.file(path, "open for writing", &state)
        }
        return SimulatedWritableFile(self, file: file, path: path)
    }

    package func open(_ path: String) throws(FileError) -> any ReadableFile {
        let path = FilePath.normalized(path)
        let (file, count) = try call("open", path) { state throws(FileError) in
            let file = try Self.file(path, "open", &state)
            return (file, state.disk.files[file].live.count)
        }
        return SimulatedReadableFile(self, file: file, path: path, byteCount: UInt64(count))
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        let source = FilePath.normalized(source), target = FilePath.normalized(target)
        try call("rename", source) { state throws(FileError) in
            guard let entry = state.disk.entries[source] else { throw Self.error(source, "rename", ENOENT) }
            state.disk.apply(.rename(source, to: target, entry))
        }
    }

    package func link(_ source: String, to target: String) throws(FileError) {
        let source = FilePath.normalized(source), target = FilePath.normalized(target)
        try call("link", target) { state throws(FileError) in
            let file = try Self.file(source, "link", &state)
            guard state.disk.entries[target] == nil else { throw Self.error(target, "link", EEXIST) }
            state.disk.apply(.set(target, .file(file)))
        }
    }

    package func remove(_ path: String) throws(FileError) {
        let path = FilePath.normalized(path)
        try call("remove", path) { state throws(FileError) in
            guard let entry = state.disk.entries[path] else { throw Self.error(path, "remove", ENOENT) }
            if entry == .directory, state.disk.entries.keys.contains(where: { FilePath.parent(of: $0) == path }) {
                throw Self.error(path, "remove", ENOTEMPTY)
            }
            state.disk.apply(.remove(path))
        }
    }

    package func syncDirectory(_ directory: String) throws(FileError) {
        let directory = FilePath.normalized(directory)
        try call("sync directory", directory, isSync: true) { state, fault throws(FileError) in
            if fault == .crash { return }
            if fault == .failedSync { throw Self.error(directory, "sync directory", EIO) }
            // The directory in which the process started, and the root, always exist.
            guard directory.isEmpty || directory == "/" || state.disk.entries[directory] == .directory else {
                throw Self.error(directory, "sync directory", ENOENT)
            }
            state.disk.syncEntries(of: directory)
        }
    }

    package func lock(_ path: String) throws(FileError) -> any FileLock {
        let path = FilePath.normalized(path)
        try call("lock", path) { state throws(FileError) in
            guard state.locked.insert(path).inserted else {
                throw FileError(path: path, operation: "lock", code: EWOULDBLOCK, detail: "held by process \(getpid())")
            }
            guard state.disk.entries[path] == nil else { return }
            state.disk.files.append(.init())
            state.disk.apply(.set(path, .file(state.disk.files.count - 1)))
        }
        return MemoryLock { [self] in state.withLock { _ = $0.locked.remove(path) } }
    }

    package func freeBytes(at path: String) throws(FileError) -> UInt64 {
        try call("ask for free space", path) { state throws(FileError) in
            guard let room = state.room else { return UInt64(Int64.max) }
            return UInt64(room)
        }
    }

    package func totalBytes(at path: String) throws(FileError) -> UInt64 {
        try call("ask for the disk's size", path) { state throws(FileError) in
            UInt64(state.totalByteCount ?? state.capacity ?? .max)
        }
    }

    /// Returns the identity of a file. Does not count as a call: looking changes nothing, and does not wait for the
    /// disk.
    package func identity(of path: String) throws(FileError) -> FileIdentity? {
        let path = FilePath.normalized(path)
        let result = state.withLock { state -> Result<FileIdentity?, FileError> in
            if state.hasCrashed { return .failure(Self.error(path, "look up", EIO)) }
            switch state.disk.entries[path] {
            case .file(let file): return .success(FileIdentity(device: 1, number: UInt64(file)))
            case .directory:
                return .success(FileIdentity(device: 2, number: UInt64(state.disk.directoryNumber(of: path))))
            case nil: return .success(nil)
            }
        }
        return try result.get()
    }

    package func checkWritable(_ path: String) throws(FileError) {
        let code = state.withLock { state in
            state.hasCrashed ? EIO : state.disk.entries[FilePath.normalized(path)] == nil ? ENOENT : state.readOnlyCode
        }
        if let code { throw Self.error(path, "check", code) }
    }

    // MARK: Calls of files

    /// Returns a file's length. Does not count as a call.
    func byteCount(of file: Int) -> UInt64 { state.withLock { UInt64($0.disk.files[file].live.count) } }

    /// Counts a call, applies the fault that is due, if any, and runs `body` unless the fault prevents it.
    func call<Value: Sendable>(
        _ operation: String, _ path: String, _ body: (inout State) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        try call(operation, path, isSync: false) { state, fault throws(FileError) in
            if case .shortWrite = fault { throw Self.error(path, operation, ENOSPC) }
            return try body(&state)
        }
    }

    /// The same for calls that know what a fault means for them. The power fails *after* `body`, whose effect is then a
    /// change that is not synced; a sync itself must do nothing at `.crash`.
    func call<Value: Sendable>(
        _ operation: String, _ path: String, isSync: Bool, _ body: (inout State, DiskFault?) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        onCall?(Call(operation: operation, path: path))
        let result = state.withLock { state -> Result<Value, FileError> in
            let number = state.calls.count
            state.calls.append(Call(operation: operation, path: path))
            if state.hasCrashed { return .failure(Self.error(path, operation, EIO)) }
            let fault = state.faults.removeValue(forKey: number)
            if fault != nil { state.faultCount += 1 }
            state.fillUp(atCall: number)
            if state.isTakenByOthers, state.room == 0, Self.creations.contains(operation),
                state.disk.entries[path] == nil
            {
                return .failure(Self.error(path, operation, ENOSPC))
            }
            if case .error(let code) = fault { return .failure(Self.error(path, operation, code)) }
            if let code = state.readOnlyCode, Self.changes.contains(operation) {
                return .failure(Self.error(path, operation, code))
            }
            do throws(FileError) {
                let value = try body(&state, fault == .failedSync && !isSync ? nil : fault)
                guard fault == .crash else { return .success(value) }
                state.hasCrashed = true
                return .failure(Self.error(path, operation, EIO))
            } catch {
                if fault == .crash { state.hasCrashed = true }
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The operations that change something.
    private static let changes: Set<String> = [
        "create directory", "create", "open for writing", "write", "truncate", "rename", "link", "remove",
    ]

    /// The operations that need room for a name.
    private static let creations: Set<String> = ["create directory", "create", "link"]

    private static func file(_ path: String, _ operation: String, _ state: inout State) throws(FileError) -> Int {
        switch state.disk.entries[path] {
        case .file(let file): return file
        case .directory: throw error(path, operation, EISDIR)
        case nil: throw error(path, operation, ENOENT)
        }
    }

    static func error(_ path: String, _ operation: String, _ code: Int32) -> FileError {
        FileError(path: path, operation: operation, code: code, detail: "simulated")
    }
}

extension SimulatedFileSystem.State {
    /// Limits the capacity to what is used now, if the disk is to be full.
    mutating func fillUp(atCall number: Int) {
        guard let fullFrom, number >= fullFrom else { return }
        if capacity == nil || isTakenByOthers { capacity = min(capacity ?? .max, usedByteCount) }
    }

    /// The number of bytes that can still be written; nil for no limit.
    var room: Int? {
        guard let capacity else { return nil }
        return max(0, capacity - usedByteCount)
    }

    /// The number of bytes that all files with a name take.
    var usedByteCount: Int {
        var reachable: Set<Int> = []
        for case .file(let file) in disk.entries.values { reachable.insert(file) }
        return reachable.reduce(0) { $0 + disk.files[$1].byteCount }
    }
}
