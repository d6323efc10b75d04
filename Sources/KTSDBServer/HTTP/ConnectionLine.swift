/// Connections that may be closed to make room for others, in the order in which they are closed.
///
/// A connection that becomes busy keeps its place, and is passed over when its turn comes, so that entering and leaving
/// the line cost the same however long it is.
struct ConnectionLine {
    private struct Place {
        let entry: Connections.Entry
        /// What the connection was doing when it got its place. Once its activity changes, the place is void.
        let activity: ConnectionActivity

        var isVoid: Bool { activity.kind == .answering || entry.now != activity }
    }

    private var places: [Place] = []
    private var start = 0

    /// The number of places, including void ones.
    var count: Int { places.count - start }

    init() {}

    /// Creates a line of connections, in this order.
    init(_ entries: [Connections.Entry]) { places = entries.map { Place(entry: $0, activity: $0.now) } }

    /// Gives a connection a place at the end. `openCount` is the number of open connections: void places are removed
    /// once there are about twice as many places.
    mutating func append(_ entry: Connections.Entry, openCount: Int) {
        if places.count >= 64 + 2 * openCount { compact() }
        places.append(Place(entry: entry, activity: entry.now))
    }

    /// Puts the places of `line` before those of this one.
    mutating func prepend(_ line: ConnectionLine) {
        places = Array(line.places[line.start...]) + places[start...]
        start = 0
    }

    /// Returns the first connection other than `newcomer` whose place is not void.
    mutating func first(except newcomer: Connections.Entry?) -> Connections.Entry? {
        while start < places.count, places[start].isVoid { start += 1 }
        return places[start...].first { !$0.isVoid && $0.entry !== newcomer }?.entry
    }

    /// Removes void places, which releases connections that are closed.
    mutating func compact() {
        places = places[start...].filter { !$0.isVoid }
        start = 0
    }
}
