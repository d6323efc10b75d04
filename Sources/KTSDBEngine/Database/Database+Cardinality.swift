internal import CLibrary
public import KTSDBModel
internal import Synchronization

/// Which labels and values have the most series in memory: use it to find what grows too fast.
public struct CardinalityStatistics: Hashable, Sendable {
    /// A label name, a value or a pair of both, with its count.
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
    /// The label names whose pairs would take the most bytes if each series had its own copy, with a length byte before
    /// each name and value (four bytes from 255 on).
    public var bytesByLabelName: [Entry] = []
    /// The pairs, `name=value`, with the most series.
    public var seriesByLabelPair: [Entry] = []

    /// Creates statistics that are all zero.
    public init() {}
}

extension Database {
    /// Counts the series in memory by their labels. Each list has the `limit` largest, in descending order; equal ones
    /// are sorted by name.
    ///
    /// Costs tens of nanoseconds for each pair of name and value, whatever the number of series. The values are read a
    /// few hundred at a time, so series may come and go in between.
    /// - Throws: `ReadError.interrupted` when `limits` end the read.
    public func cardinality(
        limit: Int = 10, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> CardinalityStatistics {
        // While the view is open, no symbol is reused for another text.
        let view = readView()
        defer { withExtendedLifetime(view) {} }
        return try CardinalityCount(head, limit: max(0, limit)).result(limits)
    }
}

/// One count of all pairs, made in many short steps under the lock of `Head.series`.
private struct CardinalityCount {
    private let head: Head
    private var metrics: Largest, values: Largest, bytes: Largest, pairs: Largest
    private var statistics = CardinalityStatistics()

    /// How many terms are read at once under the lock.
    private static let heldTerms = 512

    init(_ head: Head, limit: Int) {
        self.head = head
        (metrics, values, bytes, pairs) = (Largest(limit), Largest(limit), Largest(limit), Largest(limit))
    }

    consuming func result(_ limits: (any ReadLimits)?) throws(ReadError) -> CardinalityStatistics {
        let (count, names) = head.series.withLock { ($0.count, Array($0.postings.valuesByName.keys)) }
        statistics.series = count
        for name in names { try add(name, limits) }
        return head.series.withLock { series in
            statistics.seriesByMetricName = metrics.entries(series.symbols)
            statistics.valuesByLabelName = values.entries(series.symbols)
            statistics.bytesByLabelName = bytes.entries(series.symbols)
            statistics.seriesByLabelPair = pairs.entries(series.symbols)
            return statistics
        }
    }

    /// Counts the values of one name.
    private mutating func add(_ name: UInt32, _ limits: (any ReadLimits)?) throws(ReadError) {
        let terms = head.series.withLock { $0.postings.valuesByName[name]?.terms ?? [] }
        guard !terms.isEmpty else { return }
        var first = 0, size = 0
        while first < terms.count {
            try limits?.check()
            let some = terms[first..<min(terms.count, first + Self.heldTerms)]
            head.series.withLock { size += add(some, of: name, in: $0) }
            first += some.count
        }
        statistics.labelPairs += terms.count
        head.series.withLock { series in
            values.insert(.init(count: terms.count, first: name), series.symbols)
            bytes.insert(.init(count: size, first: name), series.symbols)
        }
    }

    /// Counts some values; returns the bytes that they would take if each of their series had its own copy.
    private mutating func add(_ terms: ArraySlice<UInt32>, of name: UInt32, in series: borrowing SeriesTable) -> Int {
        let isMetricName = unsafe isEqual(series.symbols.bytes(of: name), "__name__")
        let nameSize = Self.encodedSize(series.symbols.byteCount(of: name))
        var size = 0
        for term in terms where series.postings.isLive(term, ofName: name) {
            let value = series.postings.value(ofTerm: term), count = series.postings.slotCount(ofTerm: term)
            if isMetricName { metrics.insert(.init(count: count, first: value), series.symbols) }
            pairs.insert(.init(count: count, first: name, second: value), series.symbols)
            size += (nameSize + Self.encodedSize(series.symbols.byteCount(of: value))) * count
        }
        return size
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
