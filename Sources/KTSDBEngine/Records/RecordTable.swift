/// The records of a database, all of them in memory. A copy costs nothing; the next change after it copies the keys of
/// one space.
struct RecordTable: Hashable, Sendable {
    /// The records of each space; a space without records has no entry.
    private(set) var spaces: [RecordSpace: [String: [UInt8]]] = [:]

    var isEmpty: Bool { spaces.isEmpty }
    var count: Int { spaces.values.reduce(0) { $0 + $1.count } }

    /// Applies changes: the last change of a key counts, also when changes are applied again from any earlier one on.
    mutating func apply(_ changes: RecordChanges) {
        for (space, keys) in changes.spaces {
            for (key, bytes) in keys { spaces[space, default: [:]][key] = bytes }
            if spaces[space]!.isEmpty { spaces[space] = nil }
        }
    }

    /// The changes that turn an empty table into this one.
    var asChanges: RecordChanges {
        var changes = RecordChanges()
        for (space, keys) in spaces {
            for (key, bytes) in keys { changes.set(key, bytes, in: space) }
        }
        return changes
    }
}
