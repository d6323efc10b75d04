extension Range where Bound == Int {
    /// Returns the first number in the range for which `isBefore` is false, or the upper bound if it is true for all.
    /// Numbers for which it is true must come before those for which it is false. A binary search.
    @inlinable @inline(__always)
    package func partitionPoint<Failure: Error>(
        _ isBefore: (Int) throws(Failure) -> Bool
    ) throws(Failure) -> Int {
        var low = lowerBound, high = upperBound
        while low < high {
            let middle = (low &+ high) / 2
            if try isBefore(middle) { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}
