/// How many samples windows hold.
struct WindowCounts {
    /// Each sample once for each window that it is in.
    private(set) var queryable = 0
    /// Each sample once.
    private(set) var read = 0

    /// Counts the samples in the windows `lower[k]..<upper[k]`, whose ends never move back. `sizes`: what all rows
    /// before each row count as, if that is not one each.
    init(_ lower: Span<Int32>, _ upper: Span<Int32>, sizes: [Int]? = nil) {
        Self.forEach(lower, upper, sizes) { queryable, read in
            self.queryable += queryable
            self.read += read
        }
    }

    /// Both numbers for each step.
    static func steps(
        _ lower: Span<Int32>, _ upper: Span<Int32>, sizes: [Int]?
    ) -> (queryable: [Int], read: [Int]) {
        var queryables: [Int] = []
        var reads: [Int] = []
        forEach(lower, upper, sizes) { queryable, read in
            queryables.append(queryable)
            reads.append(read)
        }
        return (queryables, reads)
    }

    @inline(__always)
    private static func forEach(
        _ lower: Span<Int32>, _ upper: Span<Int32>, _ sizes: [Int]?,
        _ body: (_ queryable: Int, _ read: Int) -> Void
    ) {
        var reached = 0
        for step in lower.indices {
            let low = Int(lower[step])
            let high = max(low, Int(upper[step]))
            let fresh = min(high, max(low, reached))
            if let sizes {
                body(sizes[high] - sizes[low], sizes[high] - sizes[fresh])
            } else {
                body(high - low, high - fresh)
            }
            reached = max(reached, high)
        }
    }
}
