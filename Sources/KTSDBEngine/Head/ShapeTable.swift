/// The distinct lists of label names: a series names its list by one number, since few lists exist.
struct ShapeTable: ~Copyable {
    /// Symbol ids of the names, sorted by the names' bytes, by shape id.
    private(set) var names: [[UInt32]] = []
    private var references: [UInt32] = []
    private var ids: [[UInt32]: UInt32] = [:]
    private var freeIDs: [UInt32] = []
    /// Ids of shapes that were added.
    var journal = ChangeJournal()

    /// The id of the shape with these names; `isNew` tells the caller to retain the names' symbols.
    mutating func retain(_ wanted: [UInt32]) -> (id: UInt32, isNew: Bool) {
        if let id = ids[wanted] {
            references[Int(id)] += 1
            return (id, false)
        }
        let id: UInt32
        if let free = freeIDs.popLast() {
            id = free
            names[Int(id)] = wanted
            references[Int(id)] = 1
        } else {
            id = UInt32(names.count)
            names.append(wanted)
            references.append(1)
        }
        ids[wanted] = id
        journal.append(id)
        return (id, true)
    }

    /// Counts one series less; returns the names whose symbols are to be released when it was the last one.
    mutating func release(_ id: UInt32) -> [UInt32] {
        references[Int(id)] -= 1
        guard references[Int(id)] == 0 else { return [] }
        let released = names[Int(id)]
        ids[released] = nil
        names[Int(id)] = []
        freeIDs.append(id)
        return released
    }
}

// MARK: Loading in bulk

extension ShapeTable {
    /// Ids that were ever used are below this.
    var idLimit: Int { names.count }

    /// Whether series have the shape.
    func isLive(_ id: UInt32) -> Bool { references[Int(id)] > 0 }

    /// The number of names of a shape; 0 for an id that has none.
    @inline(__always)
    func nameCount(_ id: UInt32) -> Int { Int(id) < names.count ? names[Int(id)].count : 0 }

    /// Takes a shape under an id; a later one of the same id replaces an earlier one. False when series were loaded
    /// that have the earlier one.
    mutating func load(_ id: UInt32, names loaded: [UInt32]) -> Bool {
        while names.count <= Int(id) {
            names.append([])
            references.append(0)
        }
        guard references[Int(id)] == 0 || names[Int(id)] == loaded else { return false }
        names[Int(id)] = loaded
        return true
    }

    /// Counts `count` series that have the shape.
    mutating func retain(_ id: UInt32, count: UInt32) { references[Int(id)] += count }

    /// Makes the shapes that series have ready for use, and frees the others.
    mutating func finishLoading() {
        for id in names.indices.reversed() {
            if references[id] > 0 {
                ids[names[id]] = UInt32(id)
            } else {
                names[id] = []
                freeIDs.append(UInt32(id))
            }
        }
    }
}
