/// The records of a database, all of them in memory. A copy costs nothing; the next change after it copies few keys
/// (``RecordKeys``).
struct RecordTable: Equatable, Sendable {
    /// The records of each space; a space without records has no entry.
    private(set) var spaces: [RecordSpace: RecordKeys] = [:]
    /// Bytes of all keys and values.
    private(set) var byteCount = 0

    /// All records together have at most this many bytes: they are in memory, and one piece of a checkpoint.
    static let byteLimit = 256 << 20

    var isEmpty: Bool { spaces.isEmpty }
    var count: Int { spaces.values.reduce(0) { $0 + $1.count } }

    /// Applies changes: the last change of a key counts, also when changes are applied again from any earlier one on.
    mutating func apply(_ changes: RecordChanges) {
        byteCount = byteCount(after: changes)
        for (space, keys) in changes.spaces {
            for (key, bytes) in keys { spaces[space, default: RecordKeys()][key] = bytes }
            if spaces[space]!.isEmpty { spaces[space] = nil }
        }
    }

    /// Bytes of all keys and values when `changes` are applied.
    func byteCount(after changes: RecordChanges) -> Int {
        var sum = byteCount
        for (space, keys) in changes.spaces {
            let known = spaces[space]
            for (key, bytes) in keys {
                if let old = known?[key] { sum -= key.utf8.count + old.count }
                if let bytes { sum += key.utf8.count + bytes.count }
            }
        }
        return sum
    }

    /// Takes over all records of a space from another table.
    mutating func replace(_ space: RecordSpace, by other: RecordTable) {
        var changes = RecordChanges()
        for (key, _) in spaces[space] ?? RecordKeys() { changes.set(key, nil, in: space) }
        for (key, bytes) in other.spaces[space] ?? RecordKeys() { changes.set(key, bytes, in: space) }
        apply(changes)
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
