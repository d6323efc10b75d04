/// The connections that may make room for others: those that wait for a request, and those that are slow.
///
/// The lines are empty until room is needed for the first time. From then on, each connection that begins to wait
/// enters its line, until there is plenty of room again.
struct RoomLines {
    private var waiting = ConnectionLine(), slow = ConnectionLine()
    /// Whether connections that begin to wait enter `waiting`.
    private var isFollowing = false
    /// Whether a search since the last sweep has found no connection.
    private var isExhausted = false

    /// Returns the connection that has waited longest, or else the one that has been slow longest, except `newcomer`.
    mutating func first(except newcomer: Connections.Entry?) -> Connections.Entry? {
        waiting.first(except: newcomer) ?? slow.first(except: newcomer)
    }

    /// Notes that a connection waits for a request. `openCount` connections are open.
    mutating func noteWaiting(_ entry: Connections.Entry, openCount: Int) {
        guard isFollowing, entry.now.kind == .waiting else { return }
        waiting.append(entry, openCount: openCount)
    }

    /// Returns whether searching all connections may find one. Connections that begin to wait from now on enter their
    /// line.
    mutating func beginSearch() -> Bool {
        isFollowing = true
        defer { isExhausted = true }
        return !isExhausted
    }

    /// Takes the connections that a search has found, in the order in which they make room.
    mutating func endSearch(waiting: [Connections.Entry], slow: [Connections.Entry]) {
        self.waiting.prepend(ConnectionLine(waiting))
        self.slow = ConnectionLine(slow)
        isExhausted = waiting.isEmpty && slow.isEmpty
    }

    /// Cleans the lines up, and allows a new search. Forgets the lines if connections are not scarce.
    mutating func sweep(isScarce: Bool) {
        guard isScarce else { return self = RoomLines() }
        isExhausted = false
        waiting.compact()
        slow.compact()
    }
}
