/// The distinct lists of label names. There are few, so that a series refers to its list by one number.
struct ShapeTable: ~Copyable {
    /// By shape id: the symbols of the names, sorted by the names' bytes.
    private(set) var names: [[UInt32]] = []
    private var references: [UInt32] = []
    private var ids: [[UInt32]: UInt32] = [:]
    private var freeIDs: [UInt32] = []
    /// Ids of added shapes.
    var journal = ChangeJournal()

    /// Returns the id of the shape with these names, and counts one more series of it. If `isNew`, the caller must
    /// retain the names' symbols.
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

    /// Counts one series fewer. If it was the last one, returns the names, whose symbols the caller must release.
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
    /// All ids that were ever used are below this.
    var idLimit: Int { names.count }

    /// Whether series have the shape.
    func isLive(_ id: UInt32) -> Bool { references[Int(id)] > 0 }

    /// The number of names of a shape; 0 for an unused id.
    @inline(__always)
    func nameCount(_ id: UInt32) -> Int { Int(id) < names.count ? names[Int(id)].count : 0 }

    /// Adds a shape under an id; a later one with the same id replaces an earlier one. Returns false if series of a
    /// different earlier one were loaded.
    mutating func load(_ id: UInt32, names loaded: [UInt32]) -> Bool {
        while names.count <= Int(id) {
            names.append([])
            references.append(0)
        }
        guard references[Int(id)] == 0 || names[Int(id)] == loaded else { return false }
        names[Int(id)] = loaded
        return true
    }

    /// Counts `count` more series of the shape.
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
