import NIOCore
import NIOEmbedded
import Testing

@testable import KTSDBServer

@Suite struct `Room for connections` {
    /// A connection that does nothing.
    private final class Silent: ServedConnection {
        func endIfOver(_ limits: ConnectionLimits) {}
        func makeRoom() {}
        func quiesce() {}
        func close() {}
    }

    private static let loop = EmbeddedEventLoop()

    private static func entry(_ kind: ConnectionActivity.Kind = .waiting, since second: UInt64) -> Connections.Entry {
        Connections.Entry(Silent(), on: loop, activity(kind, since: second))
    }

    private static func activity(
        _ kind: ConnectionActivity.Kind = .waiting, since second: UInt64
    ) -> ConnectionActivity {
        ConnectionActivity(kind, since: .uptimeNanoseconds(second * 1_000_000_000))
    }

    @Test func `is made by who has waited longest, busy ones passed over`() {
        let entries = (1...3).map { Self.entry(since: $0) }
        var line = ConnectionLine(entries)
        func first(_ newcomer: Connections.Entry? = nil) -> Connections.Entry? { line.first(except: newcomer) }
        #expect(first() === entries[0])
        #expect(first(entries[0]) === entries[1])
        entries[0].now = Self.activity(.answering, since: 4)
        #expect(first() === entries[1])
        // It waits again, and others have waited longer.
        entries[0].now = Self.activity(since: 5)
        line.append(entries[0], openCount: 3)
        entries[1].now = Self.activity(.reading, since: 5)
        #expect(first() === entries[2])
        entries[2].now = Self.activity(.answering, since: 6)
        #expect(first() === entries[0])
        #expect(first(entries[0]) == nil)
    }

    @Test func `takes a line that does not grow with the requests`() {
        let entries = (0..<10).map { Self.entry(since: $0) }
        var line = ConnectionLine()
        for round in 0..<1000 as Range<UInt64> {
            for entry in entries {
                entry.now = Self.activity(since: round + 10)
                line.append(entry, openCount: entries.count)
            }
        }
        #expect(line.count <= 64 + 2 * entries.count)
        let first = line.first(except: nil)
        #expect(first === entries[0])
    }

    @Test func `is looked for among all once, and again after a sweep`() {
        var room = RoomLines()
        func search() -> Bool { room.beginSearch() }
        func first() -> Connections.Entry? { room.first(except: nil) }
        let waiting = Self.entry(since: 1), slow = Self.entry(.stalled, since: 1)
        // Before room is needed, nothing is kept.
        room.noteWaiting(waiting, openCount: 2)
        #expect(first() == nil)
        #expect(search())
        #expect(!search())
        room.endSearch(waiting: [waiting], slow: [slow])
        #expect(first() === waiting)
        waiting.now = Self.activity(.answering, since: 2)
        #expect(first() === slow)
        slow.now = Self.activity(.answering, since: 2)
        #expect(first() == nil)
        #expect(search())
        room.endSearch(waiting: [], slow: [])
        #expect(!search())
        // Whoever begins to wait is known without a search.
        waiting.now = Self.activity(since: 3)
        room.noteWaiting(waiting, openCount: 2)
        #expect(first() === waiting)
        room.sweep(isScarce: true)
        #expect(first() === waiting)
        #expect(search())
        room.sweep(isScarce: false)
        #expect(first() == nil)
        #expect(search())
    }
}
