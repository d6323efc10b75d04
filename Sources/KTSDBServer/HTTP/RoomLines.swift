/// The connections that may make room for others: those that wait, and those that are slow.
///
/// Nothing is known of them until room is needed for the first time. From then on, each connection that begins to wait
/// enters its line, until there is plenty of room again.
struct RoomLines {
    private var waiting = ConnectionLine(), slow = ConnectionLine()
    /// Whether `waiting` has all that wait.
    private var isFollowing = false
    /// Whether a search since the last sweep has found nobody.
    private var isExhausted = false

    /// Returns the connection that has waited longest, or otherwise the slowest one, except `newcomer`.
    mutating func first(except newcomer: Connections.Entry?) -> Connections.Entry? {
        waiting.first(except: newcomer) ?? slow.first(except: newcomer)
    }

    /// Notes that a connection waits for a request. `openCount` connections are open.
    mutating func noteWaiting(_ entry: Connections.Entry, openCount: Int) {
        guard isFollowing, entry.now.kind == .waiting else { return }
        waiting.append(entry, openCount: openCount)
    }

    /// Returns whether it may be worth while to look at all connections. Those that begin to wait meanwhile are noted.
    mutating func beginSearch() -> Bool {
        isFollowing = true
        defer { isExhausted = true }
        return !isExhausted
    }

    /// Takes what a search has found, each in the order in which room is made.
    mutating func endSearch(waiting: [Connections.Entry], slow: [Connections.Entry]) {
        self.waiting.prepend(ConnectionLine(waiting))
        self.slow = ConnectionLine(slow)
        isExhausted = waiting.isEmpty && slow.isEmpty
    }

    /// Notes that time has passed. Where connections are not scarce, nothing needs to be known.
    mutating func sweep(isScarce: Bool) {
        guard isScarce else { return self = RoomLines() }
        isExhausted = false
        waiting.compact()
        slow.compact()
    }
}
