package import KTSDBModel
internal import Synchronization

/// The pages of files that were read and checked last, shared by all readers of a database and all of its stores. The
/// series of a query often have pages in common, and dashboards read the same ones again.
///
/// Holds at most its limit of bytes. A page that was not used since the hand passed it last goes first (second chance).
package final class PageCache: Sendable {
    /// A page as it was written. The cache and its readers share it.
    @safe
    final class Page: @unchecked Sendable {
        // SAFETY of the conformance: nothing changes the bytes after `init`.
        let buffer: PageBuffer

        init(_ buffer: consuming PageBuffer) { self.buffer = buffer }
    }

    private struct Key: Hashable {
        var file: UInt64, page: UInt32
    }

    private struct Entry {
        var key: Key
        var page: Page
        var wasUsed: Bool
    }

    private struct Shard {
        var byteCount = 0
        var entries: [Entry?] = []
        var places: [Key: Int] = [:]
        var free: [Int] = []
        var hand = 0

        mutating func find(_ key: Key) -> Page? {
            guard let place = places[key] else { return nil }
            entries[place]!.wasUsed = true
            return entries[place]!.page
        }

        /// Keeps a page. Returns the one that is kept already, if there is one.
        mutating func insert(_ key: Key, _ page: Page, limit: Int) -> Page {
            if let other = find(key) { return other }
            let size = page.buffer.byteCount
            guard size <= limit else { return page }
            shrink(to: limit - size)
            let place = free.popLast() ?? entries.count
            if place == entries.count { entries.append(nil) }
            entries[place] = Entry(key: key, page: page, wasUsed: false)
            places[key] = place
            byteCount += size
            return page
        }

        /// Drops pages until at most `limit` bytes are left.
        mutating func shrink(to limit: Int) {
            while byteCount > max(0, limit) { evict() }
        }

        private mutating func evict() {
            while true {
                if hand >= entries.count { hand = 0 }
                defer { hand += 1 }
                guard let entry = entries[hand] else { continue }
                if !entry.wasUsed { return remove(hand) }
                entries[hand]!.wasUsed = false
            }
        }

        mutating func remove(_ place: Int) {
            let entry = entries[place]!
            byteCount -= entry.page.buffer.byteCount
            places[entry.key] = nil
            entries[place] = nil
            free.append(place)
        }
    }

    private static let shardCount = 8

    /// A shard and its lock, so that readers of other shards need not wait.
    private final class LockedShard: Sendable {
        let state = Mutex(Shard())
    }

    /// The damage found in the pages and in the rest of the blocks.
    package let damage = DamageLog()
    private let shards = (0..<shardCount).map { _ in LockedShard() }
    private let shardLimit: Atomic<Int>
    private let account: MemoryAccount?
    private let tight = Atomic(false)
    private let lastFile = Atomic<UInt64>(0)

    /// A cache of at most `byteLimit` bytes of pages; 0 keeps none. `account` counts them.
    package init(byteLimit: Int, account: MemoryAccount? = nil) {
        shardLimit = Atomic(byteLimit / Self.shardCount)
        self.account = account
    }

    /// Changes how many bytes of pages are kept. Those that are too many are dropped at once.
    package func setLimit(_ byteLimit: Int) {
        let limit = byteLimit / Self.shardCount
        shardLimit.store(limit, ordering: .relaxed)
        for shard in shards { change(shard) { $0.shrink(to: limit) } }
    }

    /// Whether memory is scarce: then blocks keep nothing more than they have.
    var isTight: Bool {
        get { tight.load(ordering: .relaxed) }
        set { tight.store(newValue, ordering: .relaxed) }
    }

    /// Changes a shard, and counts what it holds then.
    private func change<Value: Sendable>(_ shard: LockedShard, _ body: (inout sending Shard) -> sending Value) -> Value
    {
        shard.state.withLock { state in
            let before = state.byteCount
            defer { account?.add(state.byteCount - before) }
            return body(&state)
        }
    }

    /// The bytes of the pages that are kept now.
    package var byteCount: Int { shards.reduce(0) { $0 + $1.state.withLock { $0.byteCount } } }

    /// Returns a new number for a file whose pages are to be kept.
    func newFile() -> UInt64 { lastFile.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Returns page `number` of a file. Calls `read` if it is not kept.
    func page(
        _ number: Int, of file: UInt64, read: () throws(ReadError) -> PageBuffer
    ) throws(ReadError) -> Page {
        let limit = shardLimit.load(ordering: .relaxed)
        guard limit > 0, let small = UInt32(exactly: number) else { return Page(try read()) }
        let key = Key(file: file, page: small)
        let shard = shards[Int(truncatingIfNeeded: (file &* 31 &+ UInt64(small)) % UInt64(Self.shardCount))]
        if let page = shard.state.withLock({ $0.find(key) }) { return page }
        let page = Page(try read())
        return change(shard) { $0.insert(key, page, limit: limit) }
    }

    /// Forgets the pages of a file.
    func removeAll(of file: UInt64) {
        for shard in shards {
            change(shard) { shard in
                for place in shard.entries.indices where shard.entries[place]?.key.file == file {
                    shard.remove(place)
                }
            }
        }
    }
}
