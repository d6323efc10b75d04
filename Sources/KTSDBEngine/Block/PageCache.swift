internal import KTSDBModel
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
            while byteCount + size > limit { evict() }
            let place = free.popLast() ?? entries.count
            if place == entries.count { entries.append(nil) }
            entries[place] = Entry(key: key, page: page, wasUsed: false)
            places[key] = place
            byteCount += size
            return page
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
    private let shardLimit: Int
    private let lastFile = Atomic<UInt64>(0)

    /// A cache of at most `byteLimit` bytes of pages; 0 keeps none.
    package init(byteLimit: Int) { shardLimit = byteLimit / Self.shardCount }

    /// The bytes of the pages that are kept now.
    package var byteCount: Int { shards.reduce(0) { $0 + $1.state.withLock { $0.byteCount } } }

    /// Returns a new number for a file whose pages are to be kept.
    func newFile() -> UInt64 { lastFile.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Returns page `number` of a file. Calls `read` if it is not kept.
    func page(
        _ number: Int, of file: UInt64, read: () throws(ReadError) -> PageBuffer
    ) throws(ReadError) -> Page {
        guard shardLimit > 0, let small = UInt32(exactly: number) else { return Page(try read()) }
        let key = Key(file: file, page: small)
        let shard = shards[Int(truncatingIfNeeded: (file &* 31 &+ UInt64(small)) % UInt64(Self.shardCount))]
        if let page = shard.state.withLock({ $0.find(key) }) { return page }
        let page = Page(try read())
        return shard.state.withLock { $0.insert(key, page, limit: shardLimit) }
    }

    /// Forgets the pages of a file.
    func removeAll(of file: UInt64) {
        for shard in shards {
            shard.state.withLock { shard in
                for place in shard.entries.indices where shard.entries[place]?.key.file == file {
                    shard.remove(place)
                }
            }
        }
    }
}
