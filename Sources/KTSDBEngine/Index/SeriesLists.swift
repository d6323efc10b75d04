internal import KTSDBModel

/// Set operations on ascending lists of series numbers.
package enum SeriesLists {
    /// Two lists of more than `bitmapCount` numbers each are compared with a bitmap, unless one is at least
    /// `gallopFactor` times as long as the other.
    private static let bitmapCount = 64, gallopFactor = 16

    /// Returns the numbers that are in both lists.
    package static func intersection(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        let (short, long) = left.count <= right.count ? (left, right) : (right, left)
        if let bitmap = bitmap(of: long, comparedWith: short) { return short.filter(bitmap.contains) }
        var result: [UInt32] = []
        result.reserveCapacity(short.count)
        var from = 0
        for number in short {
            from = firstIndex(in: long, from: from, notBelow: number)
            guard from < long.count else { break }
            if long[from] == number { result.append(number) }
        }
        return result
    }

    /// Returns the numbers that are in `list` and not in `removed`.
    package static func difference(_ list: [UInt32], _ removed: [UInt32]) -> [UInt32] {
        if let bitmap = bitmap(of: removed, comparedWith: list) { return list.filter { !bitmap.contains($0) } }
        var result: [UInt32] = []
        result.reserveCapacity(list.count)
        var from = 0
        for number in list {
            from = firstIndex(in: removed, from: from, notBelow: number)
            if from == removed.count || removed[from] != number { result.append(number) }
        }
        return result
    }

    /// Returns a bitmap of `list` whose bound covers the numbers of `other`; nil if galloping is faster.
    private static func bitmap(of list: [UInt32], comparedWith other: [UInt32]) -> SeriesBitmap? {
        guard list.count > bitmapCount, other.count > bitmapCount, list.count / gallopFactor < other.count,
            other.count / gallopFactor < list.count
        else { return nil }
        var bitmap = SeriesBitmap(bound: Int(max(list[list.count - 1], other[other.count - 1])) + 1)
        bitmap.insert(list)
        return bitmap
    }

    /// Returns the first index at or after `from` whose element is at least `bound`, by doubling steps and then
    /// bisecting.
    static func firstIndex(in list: [UInt32], from: Int, notBelow bound: UInt32) -> Int {
        var low = from, step = 1
        while low + step <= list.count, list[low + step - 1] < bound {
            low += step
            step *= 2
        }
        return (low..<max(low, min(low + step - 1, list.count))).partitionPoint { list[$0] < bound }
    }
}

/// A set of series numbers as bits, for unions of many lists and for many lookups.
package struct SeriesBitmap: Sendable {
    private var words: [UInt64]

    /// An empty set of numbers below `bound`.
    package init(bound: Int) { words = [UInt64](repeating: 0, count: (bound + 63) / 64) }

    /// Adds numbers below the bound.
    package mutating func insert(_ numbers: [UInt32]) {
        for number in numbers { words[Int(number >> 6)] |= 1 << UInt64(number & 63) }
    }

    /// Adds a number below the bound.
    package mutating func insert(_ number: UInt32) { words[Int(number >> 6)] |= 1 << UInt64(number & 63) }

    /// Whether the number, which is below the bound, is in the set.
    package func contains(_ number: UInt32) -> Bool { words[Int(number >> 6)] >> UInt64(number & 63) & 1 == 1 }

    /// The numbers of the set, ascending.
    package var numbers: [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(words.reduce(0) { $0 + $1.nonzeroBitCount })
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                result.append(UInt32(index * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return result
    }
}
