/// What a commit changes in the records: if a batch changes a key several times, the last change counts.
struct RecordChanges: Hashable, Sendable {
    /// The new bytes of each key; nil removes it.
    private(set) var spaces: [RecordSpace: [String: [UInt8]?]] = [:]

    var isEmpty: Bool { spaces.isEmpty }

    mutating func set(_ key: String, _ bytes: [UInt8]?, in space: RecordSpace) {
        spaces[space, default: [:]].updateValue(bytes, forKey: key)
    }
}
