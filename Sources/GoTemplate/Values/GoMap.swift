/// A map; its entries are in the order of the keys, in which templates see them.
public struct GoMap: Sendable {
    /// An entry.
    public typealias Entry = (key: GoValue, value: GoValue)

    /// The entries, sorted.
    public let entries: [Entry]
    /// The type of the keys.
    public let keyType: GoType
    /// The type of the values; `any` if they may differ.
    public let valueType: GoType

    /// Makes a map. The keys are texts, numbers or booleans; of equal keys the last one counts.
    public init(_ entries: [Entry], key keyType: GoType = .string, value valueType: GoType = .any) {
        var sorted: [Entry] = []
        let all = entries.enumerated().sorted {
            let order = GoOrder.compare($0.element.key, $1.element.key)
            return order == 0 ? $0.offset < $1.offset : order < 0
        }
        for entry in all.map(\.element) {
            if let last = sorted.last, GoOrder.compare(last.key, entry.key) == 0 { sorted.removeLast() }
            sorted.append(entry)
        }
        self.entries = sorted
        self.keyType = keyType
        self.valueType = valueType
    }

    /// Makes a map of texts.
    public init(_ texts: [String: String]) {
        self.init(texts.map { (.string(GoString($0.key)), .string(GoString($0.value))) }, value: .string)
    }

    /// The value of a key of the map's type; nil if it is absent.
    public subscript(key: GoValue) -> GoValue? {
        var range = 0..<entries.count
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            let order = GoOrder.compare(entries[middle].key, key)
            if order == 0 { return entries[middle].value }
            range = order < 0 ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
