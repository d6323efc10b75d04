/// The records of one space by key, in parts of which a change copies one.
///
/// A view holds the records as they were, and rules change some of thousands many times a second. With all keys in one
/// dictionary, each of these changes would copy all keys. There are about as many parts as keys in a part, so that a
/// change after a copy costs the square root of all.
struct RecordKeys: Sendable {
    private var parts: [[String: [UInt8]]] = [[:]]
    /// How many keys there are.
    private(set) var count = 0

    /// The most parts.
    private static let partLimit = 1024

    var isEmpty: Bool { count == 0 }

    subscript(key: String) -> [UInt8]? {
        get { parts[part(of: key)][key] }
        set {
            let index = part(of: key)
            let old = parts[index].count
            parts[index][key] = newValue
            count += parts[index].count - old
            if count > parts.count * parts.count, parts.count < Self.partLimit { split() }
        }
    }

    /// The number of parts is a power of two.
    private func part(of key: String) -> Int { key.hashValue & (parts.count - 1) }

    /// Doubles the number of parts.
    private mutating func split() {
        let old = parts
        parts = Array(repeating: [:], count: 2 * old.count)
        for (key, bytes) in old.joined() { parts[part(of: key)][key] = bytes }
    }
}

extension RecordKeys: Sequence {
    func makeIterator() -> FlattenSequence<[[String: [UInt8]]]>.Iterator { parts.joined().makeIterator() }

    /// All keys and their bytes in one dictionary.
    var dictionary: [String: [UInt8]] {
        var all = [String: [UInt8]](minimumCapacity: count)
        for (key, bytes) in self { all[key] = bytes }
        return all
    }
}

extension RecordKeys: Equatable {
    static func == (left: RecordKeys, right: RecordKeys) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }
}
