internal import KTSDBModel

/// Counts the samples that a part of a query looks at, as Prometheus' statistics do.
///
/// Two numbers for each step: the samples that it looks at (*queryable*: those of overlapping windows for each step
/// again), and those of them that no step before had looked at (*read*). How they are counted depends on where the part
/// is:
///
/// - A part that is the same at all steps is evaluated once: it counts as looked at by each step, and as read by the
///   first.
/// - In a subquery nothing counts as looked at, since the function around it looks at its points. What its points read
///   counts at the first step whose window they can be in, and not at all if they are in none.
final class SampleTally: Sendable {
    private indirect enum Place: Sendable {
        case query
        case once(SampleTally)
        case subquery(SampleTally, offset: Int64, width: Int64)
        /// A subquery that no function is around.
        case result(SampleTally)
    }

    private let query: QueryContext
    private let place: Place
    /// The steps of the part.
    private let grid: StepGrid
    /// How often a sample that is looked at counts in all.
    private let weight: Int
    /// Whether it matters which step looks at a sample.
    let needsSteps: Bool

    private init(
        _ query: QueryContext, _ place: Place, _ grid: StepGrid, weight: Int, needsSteps: Bool
    ) {
        self.query = query
        self.place = place
        self.grid = grid
        self.weight = weight
        self.needsSteps = needsSteps
    }

    /// For a whole query on `grid`.
    convenience init(_ query: QueryContext, on grid: StepGrid) {
        self.init(query, .query, grid, weight: 1, needsSteps: query.countsSteps)
    }

    /// For a part that is evaluated once for all steps.
    func once() -> SampleTally {
        SampleTally(
            query, .once(self), grid.firstStep, weight: weight * grid.count, needsSteps: needsSteps)
    }

    /// For the expression of a subquery on its own `grid`. `offset` and `width` are the windows', in milliseconds.
    func subquery(on grid: StepGrid, offset: Int64, width: Int64) -> SampleTally {
        // Points between the windows of two steps are in none.
        let hasGaps = self.grid.count > 1 && self.grid.step > width
        return SampleTally(
            query, .subquery(self, offset: offset, width: width), grid, weight: 0,
            needsSteps: needsSteps || hasGaps)
    }

    /// For the expression of a subquery that is the whole query.
    func result(on grid: StepGrid) -> SampleTally {
        SampleTally(query, .result(self), grid, weight: weight, needsSteps: needsSteps)
    }

    /// Counts the samples of one series. `steps` returns both numbers for each step of the grid; it is called only
    /// where they matter.
    func count(queryable: Int, read: Int, steps: () -> (queryable: [Int], read: [Int])) {
        guard needsSteps else { return query.count(queryable: weight * queryable, read: read) }
        let (queryable, read) = steps()
        add(queryable, read)
    }

    private func add(_ queryable: [Int], _ read: [Int]) {
        switch place {
        case .query: query.count(queryablePerStep: queryable, readPerStep: read)
        case .once(let outer):
            var first = [Int](repeating: 0, count: outer.grid.count)
            if !first.isEmpty { first[0] = read.reduce(0, +) }
            outer.add([Int](repeating: queryable.reduce(0, +), count: outer.grid.count), first)
        case .result(let outer):
            var total = [Int](repeating: 0, count: outer.grid.count)
            var all = total
            if !total.isEmpty {
                total[total.count - 1] = queryable.reduce(0, +)
                all[total.count - 1] = read.reduce(0, +)
            }
            outer.add(total, all)
        case .subquery(let outer, let offset, let width):
            outer.add(
                [Int](repeating: 0, count: outer.grid.count),
                outer.attributed(read, of: grid, offset, width))
        }
    }

    /// What the points of a subquery read, by the steps of this part.
    private func attributed(_ read: [Int], of points: StepGrid, _ offset: Int64, _ width: Int64)
        -> [Int]
    {
        var result = [Int](repeating: 0, count: grid.count)
        guard grid.count > 1 else {
            if grid.count == 1 { result[0] = read.reduce(0, +) }
            return result
        }
        for (index, count) in read.enumerated() where count > 0 {
            let time = points.time(index) + offset
            let step = time <= grid.start ? 0 : Int((time - grid.start + grid.step - 1) / grid.step)
            let last = min(step, grid.count - 1)
            if time > grid.time(last) - width { result[last] += count }
        }
        return result
    }
}

extension Histogram {
    /// How many samples a histogram counts as: one for each 16 bytes that it takes in Prometheus.
    var sampleCount: Int {
        let numbers =
            positive.spans.count + negative.spans.count + positive.counts.count + negative.counts.count
            + customBounds.count
        return (168 + 8 * numbers + 8) / 16
    }
}
