internal import KTSDBModel

/// The bounds over the time columns that a worker met last, so that series that were scraped together share them.
struct WindowBoundsCache: ~Copyable {
    private let windows: WindowTimes
    private let capacity: Int
    /// The number of a column's bounds, by its id; emptied as a whole when full.
    private var numbers: [UInt64: Int] = [:]
    private var lowers = Column<Int32>()
    private var uppers = Column<Int32>()
    /// For each number, when its bounds were computed.
    private var versions: [UInt64] = []
    private var newestVersion: UInt64 = 0

    /// Bounds kept at most: 4 MB.
    private static let bytes = 1 << 22

    init(_ windows: WindowTimes) {
        self.windows = windows
        capacity = max(1, Self.bytes / (8 * max(1, windows.count)))
    }

    /// Finds or computes the bounds for `times`; `columnID` as in ``SampleColumns``.
    /// - Returns: what ``lower(_:)`` and ``upper(_:)`` ask for.
    mutating func prepare(_ times: Span<Int64>, columnID: UInt64) -> SharedBounds {
        if columnID != 0, let number = numbers[columnID] {
            return SharedBounds(number: number, version: versions[number])
        }
        if numbers.count >= capacity { numbers.removeAll(keepingCapacity: true) }
        // Behind those that are kept; bounds of a column without an id make way for the next.
        let number = numbers.count
        lowers.truncate(to: number * windows.count)
        uppers.truncate(to: number * windows.count)
        WindowBounds.append(times, windows, &lowers, &uppers)
        newestVersion += 1
        versions.removeSubrange(min(number, versions.count)...)
        versions.append(newestVersion)
        if columnID != 0 { numbers[columnID] = number }
        return SharedBounds(number: number, version: newestVersion)
    }

    /// Finds or computes the bounds for the times of a series.
    mutating func prepare(_ columns: borrowing SampleColumns) -> SharedBounds {
        prepare(columns.times.span, columnID: columns.timeColumnID)
    }

    /// The first sample in the window of each step.
    @_lifetime(borrow self)
    func lower(_ bounds: SharedBounds) -> Span<Int32> { part(of: lowers, bounds) }

    /// The first sample after the window of each step.
    @_lifetime(borrow self)
    func upper(_ bounds: SharedBounds) -> Span<Int32> { part(of: uppers, bounds) }

    @_lifetime(borrow column)
    private func part(of column: borrowing Column<Int32>, _ bounds: SharedBounds) -> Span<Int32> {
        let start = bounds.number * windows.count
        return column.span.extracting(start..<(start + windows.count))
    }
}

/// Names window bounds that several series may share; what else depends on times alone is kept by it.
struct SharedBounds {
    /// Small; used again for other bounds.
    var number: Int
    /// Never used again by the same worker; 0 for bounds that nothing else has.
    var version: UInt64

    /// Bounds that no other series has.
    static var unshared: SharedBounds { SharedBounds(number: 0, version: 0) }
}

/// Values computed once for bounds that several series share.
///
/// Each entry has its place by the bounds' number; where two meet the newer stays.
struct SharedByBounds<Value> {
    private var entries: [(version: UInt64, value: Value)] = []
    private static var capacity: Int { 64 }

    /// The value for `bounds`, made if it is not there.
    mutating func value(for bounds: SharedBounds, _ make: () -> Value) -> Value {
        guard bounds.version != 0 else { return make() }
        let place = bounds.number % Self.capacity
        if place < entries.count, entries[place].version == bounds.version {
            return entries[place].value
        }
        let value = make()
        while entries.count <= place { entries.append((0, value)) }
        entries[place] = (bounds.version, value)
        return value
    }
}
