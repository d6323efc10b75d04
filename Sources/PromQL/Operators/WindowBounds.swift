internal import KTSDBModel

/// Which samples of a column are in the window of each step: `lower[k]..<upper[k]`.
///
/// A window is open on the left and closed on the right, as in Prometheus since 3.0: a sample exactly `width` before the
/// step is not in it. An instant selector is the newest sample of the window of the lookback.
enum WindowBounds {
    /// Appends the bounds of one time column, ascending. Both ends only move forward: one pass over times and steps, or a
    /// search for each end where steps are few.
    static func append(
        _ times: Span<Int64>, _ windows: WindowTimes, _ lower: inout Column<Int32>, _ upper: inout Column<Int32>
    ) {
        let steps = windows.count
        var lowers = lower.extend(by: steps), uppers = upper.extend(by: steps)
        var low = 0, high = 0
        if windows.isPinned || times.count > searchFrom * steps {
            // Few windows over a long column: two searches for each beat a walk.
            for step in 0..<steps {
                if step == 0 || !windows.isPinned {
                    let end = windows.end(step)
                    high = firstIndex(in: times, after: end, from: high)
                    low = firstIndex(in: times, after: end - windows.width, from: low)
                }
                lowers[step] = Int32(truncatingIfNeeded: low)
                uppers[step] = Int32(truncatingIfNeeded: high)
            }
            return
        }
        for step in 0..<steps {
            let end = windows.end(step), start = end - windows.width
            while high < times.count, times[high] <= end { high += 1 }
            while low < high, times[low] <= start { low += 1 }
            lowers[step] = Int32(truncatingIfNeeded: low)
            uppers[step] = Int32(truncatingIfNeeded: high)
        }
    }

    /// How many samples there must be for each step so that searching is faster than walking.
    private static let searchFrom = 32

    /// The index of the first of `times` from `start` on that is after `time`.
    static func firstIndex(in times: Span<Int64>, after time: Int64, from start: Int = 0) -> Int {
        var low = start, high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Where the windows of a selector lie, one for each step.
struct WindowTimes: Hashable, Sendable {
    /// The end of the first window: its step's time, or the time that `@` says, less the offset.
    var firstEnd: Int64
    /// From the end of one window to that of the next; 0 if `@` pins all to the same time.
    var step: Int64
    var width: Int64
    var count: Int

    init(on grid: StepGrid, offset: Int64, at: Int64?, width: Int64) {
        firstEnd = (at ?? grid.start) - offset
        step = at == nil ? grid.step : 0
        count = grid.count
        self.width = width
    }

    var isPinned: Bool { step == 0 }

    /// The windows with more room before and after.
    func extended(before: Int64 = 0, after: Int64 = 0) -> WindowTimes {
        var windows = self
        windows.firstEnd += after
        windows.width += before + after
        return windows
    }

    /// The end of the window of step `index`, itself in the window.
    @inline(__always)
    func end(_ index: Int) -> Int64 { firstEnd &+ Int64(index) &* step }

    /// The end of the last window.
    var lastEnd: Int64 { count == 0 ? firstEnd : end(count - 1) }

    /// All times that are in some window: what to ask storage for. At least one step.
    var selection: ClosedRange<Int64> { (firstEnd - width + 1)...Swift.max(firstEnd - width + 1, lastEnd) }
}

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

    /// The first sample in the window of each step.
    @_lifetime(borrow self)
    func lower(_ bounds: SharedBounds) -> Span<Int32> { part(of: lowers, bounds) }

    /// The first sample behind the window of each step.
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

/// What is computed once for the bounds that several series share.
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
