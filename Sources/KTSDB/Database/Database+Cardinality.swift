internal import Glibc
internal import Synchronization

/// Where series and label values are many, among the series in memory: what grows too fast is found here.
public struct CardinalityStatistics: Hashable, Sendable {
    /// A label, a value or a pair of both, and how many there are of what is counted.
    public struct Entry: Hashable, Sendable {
        /// The label's name, the value, or `name=value`.
        public var name: String
        /// How many series, values or bytes.
        public var count: Int

        /// Creates an entry.
        public init(name: String, count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// Series in memory.
    public var series = 0
    /// Different pairs of a label's name and value.
    public var labelPairs = 0
    /// The metric names with the most series.
    public var seriesByMetricName: [Entry] = []
    /// The label names with the most values.
    public var valuesByLabelName: [Entry] = []
    /// The label names whose pairs would take the most bytes if each series had its own copy, a length byte before each name
    /// and value (four bytes from 255 on).
    public var bytesByLabelName: [Entry] = []
    /// The pairs, `name=value`, with the most series.
    public var seriesByLabelPair: [Entry] = []

    /// Counts of nothing.
    public init() {}
}

extension Database {
    /// Counts the series in memory by their labels; each list has the `limit` largest, the largest first, equal ones by name.
    ///
    /// Costs tens of nanoseconds for each pair of name and value, whatever the number of their series; new series wait meanwhile.
    public func cardinality(limit: Int = 10) -> CardinalityStatistics {
        head.series.withLock { $0.cardinality(limit: max(0, limit)) }
    }
}

extension SeriesTable {
    fileprivate func cardinality(limit: Int) -> CardinalityStatistics {
        var metrics = Largest(limit), values = Largest(limit), bytes = Largest(limit), pairs = Largest(limit)
        var result = CardinalityStatistics()
        result.series = count
        for (name, set) in postings.valuesByName {
            let isMetricName = unsafe isEqual(symbols.bytes(of: name), "__name__")
            let nameSize = Self.encodedSize(symbols.byteCount(of: name))
            var size = 0
            for term in set.terms {
                let value = postings.value(ofTerm: term), series = postings.slotCount(ofTerm: term)
                if isMetricName { metrics.insert(.init(count: series, first: value), symbols) }
                pairs.insert(.init(count: series, first: name, second: value), symbols)
                size += (nameSize + Self.encodedSize(symbols.byteCount(of: value))) * series
            }
            result.labelPairs += set.terms.count
            values.insert(.init(count: set.terms.count, first: name), symbols)
            bytes.insert(.init(count: size, first: name), symbols)
        }
        result.seriesByMetricName = metrics.entries(symbols)
        result.valuesByLabelName = values.entries(symbols)
        result.bytesByLabelName = bytes.entries(symbols)
        result.seriesByLabelPair = pairs.entries(symbols)
        return result
    }

    private static func encodedSize(_ byteCount: Int) -> Int { byteCount + (byteCount < 255 ? 1 : 4) }

    @unsafe
    private func isEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
        unsafe bytes.count == text.utf8CodeUnitCount
            && (bytes.isEmpty || memcmp(bytes.baseAddress!, text.utf8Start, bytes.count) == 0)
    }
}

/// The largest of many counted symbols, or pairs of them.
private struct Largest {
    struct Item {
        var count: Int
        var first: UInt32
        var second: UInt32?
    }

    private let limit: Int
    /// At most twice the limit; sorted up to `sorted`.
    private var items: [Item] = []
    private var last: Item?

    init(_ limit: Int) { self.limit = limit }

    mutating func insert(_ item: Item, _ symbols: borrowing HeadSymbols) {
        guard limit > 0 else { return }
        if let last, !Self.stands(item, before: last, symbols) { return }
        items.append(item)
        if items.count >= limit * 2 { cut(symbols) }
    }

    /// Keeps the `limit` largest, in order.
    private mutating func cut(_ symbols: borrowing HeadSymbols) {
        items.sort { Self.stands($0, before: $1, symbols) }
        guard limit > 0, items.count >= limit else { return }
        items.removeSubrange(limit...)
        last = items[limit - 1]
    }

    mutating func entries(_ symbols: borrowing HeadSymbols) -> [CardinalityStatistics.Entry] {
        cut(symbols)
        return items.map { item in
            let first = unsafe String(decoding: symbols.bytes(of: item.first), as: UTF8.self)
            guard let second = item.second else { return .init(name: first, count: item.count) }
            return .init(
                name: unsafe "\(first)=\(String(decoding: symbols.bytes(of: second), as: UTF8.self))", count: item.count
            )
        }
    }

    private static func stands(_ item: Item, before other: Item, _ symbols: borrowing HeadSymbols) -> Bool {
        guard item.count == other.count else { return item.count > other.count }
        if item.first != other.first {
            return unsafe symbols.bytes(of: item.first).lexicographicallyPrecedes(symbols.bytes(of: other.first))
        }
        guard let second = item.second, let otherSecond = other.second, second != otherSecond else { return false }
        return unsafe symbols.bytes(of: second).lexicographicallyPrecedes(symbols.bytes(of: otherSecond))
    }
}
