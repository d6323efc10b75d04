/// What a commit changes in the records: the last change of a key in a batch counts.
struct RecordChanges: Hashable, Sendable {
    /// The new bytes of each key; nil removes it.
    private(set) var spaces: [RecordSpace: [String: [UInt8]?]] = [:]

    var isEmpty: Bool { spaces.isEmpty }

    mutating func set(_ key: String, _ bytes: [UInt8]?, in space: RecordSpace) {
        spaces[space, default: [:]].updateValue(bytes, forKey: key)
    }
}
