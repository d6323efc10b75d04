/// A set of code points as ascending intervals that neither touch nor overlap.
///
/// It may contain surrogates (`\x{D800}` is a valid pattern), although texts cannot.
struct ScalarSet: Hashable, Sendable {
    /// All code points from `low` through `high`.
    struct Interval: Hashable, Sendable {
        var low: UInt32
        var high: UInt32

        init(_ low: UInt32, _ high: UInt32) {
            self.low = low
            self.high = high
        }
    }

    /// The largest code point.
    static let maximum: UInt32 = 0x10_FFFF
    /// The scalar that an ill-formed byte of a text counts as.
    static let replacement: UInt32 = 0xFFFD
    /// All code points.
    static let all = ScalarSet(Interval(0, maximum))
    /// No code point.
    static let none = ScalarSet([])

    let intervals: [Interval]

    /// Creates the union of `intervals`, given in any order.
    init(_ intervals: [Interval]) {
        let sorted = intervals.sorted { $0.low < $1.low }
        var merged: [Interval] = []
        merged.reserveCapacity(sorted.count)
        for interval in sorted {
            if let last = merged.last, interval.low <= last.high + 1 {
                merged[merged.count - 1].high = max(last.high, interval.high)
            } else {
                merged.append(interval)
            }
        }
        self.intervals = merged
    }

    init(_ interval: Interval) { intervals = [interval] }
    init(scalar: UInt32) { intervals = [Interval(scalar, scalar)] }

    /// Creates a set of ASCII characters from pairs of first and last characters, such as `"09AZaz"`.
    init(asciiPairs: StaticString) {
        let bytes = Array(asciiPairs.description.utf8)
        self.init(
            stride(from: 0, to: bytes.count, by: 2).map { Interval(UInt32(bytes[$0]), UInt32(bytes[$0 + 1])) })
    }

    /// Whether the set is empty.
    var isEmpty: Bool { intervals.isEmpty }

    /// The number of code points.
    var count: Int { intervals.reduce(0) { $0 + Int($1.high - $1.low) + 1 } }

    /// The only code point of the set, or nil.
    var onlyScalar: UInt32? {
        guard intervals.count == 1, intervals[0].low == intervals[0].high else { return nil }
        return intervals[0].low
    }

    /// Whether `scalar` is in the set, by binary search.
    func contains(_ scalar: UInt32) -> Bool {
        let low = (0..<intervals.count).partitionPoint { intervals[$0].high < scalar }
        return low < intervals.count && intervals[low].low <= scalar
    }

    /// All code points that are not in the set.
    var inverted: ScalarSet {
        var result: [Interval] = []
        var next: UInt32 = 0
        for interval in intervals {
            if next < interval.low { result.append(Interval(next, interval.low - 1)) }
            next = interval.high + 1
        }
        if next <= Self.maximum { result.append(Interval(next, Self.maximum)) }
        return ScalarSet(result)
    }

    /// The set with all code points that differ only by case from one in it.
    var folded: ScalarSet {
        guard let first = intervals.first, let last = intervals.last else { return self }
        // Nothing below `A` has case, and a full set cannot grow.
        guard last.high >= 0x41, !(intervals.count == 1 && first.low == 0 && first.high == Self.maximum) else {
            return self
        }
        if let scalar = onlyScalar {
            return ScalarSet(CaseFolding.variants(of: scalar).map { Interval($0, $0) })
        }
        var result = intervals
        for orbit in CaseFolding.orbits where orbit.contains(where: contains) {
            result.append(contentsOf: orbit.map { Interval($0, $0) })
        }
        return ScalarSet(result)
    }
}
