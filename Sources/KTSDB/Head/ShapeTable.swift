/// The distinct lists of label names: a series names its list by one number, since few lists exist.
struct ShapeTable {
    /// Symbol ids of the names, sorted by the names' bytes, by shape id.
    private(set) var names: [[UInt32]] = []
    private var references: [UInt32] = []
    private var ids: [[UInt32]: UInt32] = [:]
    private var freeIDs: [UInt32] = []

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
