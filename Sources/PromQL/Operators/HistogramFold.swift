internal import KTSDBModel

/// The running state of `sum` and `avg` over the histograms of many groups, next to that of their floats in
/// ``GroupFold``.
///
/// Histograms are rare and large: a group has a state only at the steps at which it has some.
struct HistogramFold {
    /// What one group adds up to at one step: a sum or a mean.
    private struct State {
        var sum: HistogramSum?
        var mean: HistogramMean?
        /// Whether histograms came together that do not go together.
        var isBroken = false
        var hints = ResetHints()
        /// The metric of the first histogram.
        let metricName: String
    }

    private struct Key: Hashable {
        var group: Int
        var step: Int
    }

    private let isMean: Bool
    /// Where the operand of the aggregation starts in the text.
    private let place: Int
    private let query: QueryContext
    /// Where in `states` the state of a group is.
    private var places: [Key: Int] = [:]
    private var states: [State] = []
    /// The metrics of histograms that did not go together with those before them.
    private var conflicts: Set<String> = []
    private var hasReconciledBounds = false
    private let reservation: SampleReservation

    init(isMean: Bool, at place: Int, query: QueryContext) {
        self.isMean = isMean
        self.place = place
        self.query = query
        reservation = SampleReservation(query)
    }

    var isEmpty: Bool { states.isEmpty }

    /// Adds the histograms of a series to a group.
    mutating func add(_ points: HistogramPoints, to group: Int, metricName: String) throws(QueryError) {
        var pace = QueryPace(query)
        for (step, histogram) in zip(points.steps, points.values) {
            try pace.step(64 + histogram.byteCount / 4)
            if let number = places[Key(group: group, step: step)] {
                states[number].hints.add(histogram)
                change(number, metricName: metricName) { state throws(IncompatibleHistograms) in
                    if state.sum != nil { return try state.sum!.add(histogram) }
                    return try state.mean!.add(histogram)
                }
            } else {
                places[Key(group: group, step: step)] = states.count
                try reservation.grow(bytes: MemoryLayout<State>.stride + 48 + 2 * histogram.byteCount)
                var state = State(metricName: metricName)
                if isMean { state.mean = HistogramMean(histogram) } else { state.sum = HistogramSum(histogram) }
                state.hints.add(histogram)
                states.append(state)
            }
        }
    }

    /// Takes in what `other` has for its group `source`: of series that come after those that are here.
    mutating func join(
        _ other: HistogramFold, group source: Int, into group: Int, steps: Int
    ) throws(QueryError) {
        var pace = QueryPace(query)
        conflicts.formUnion(other.conflicts)
        if other.hasReconciledBounds { hasReconciledBounds = true }
        for step in 0..<steps {
            try pace.step(4)
            guard let theirs = other.places[Key(group: source, step: step)].map({ other.states[$0] }) else { continue }
            try pace.step(1024)
            guard let number = places[Key(group: group, step: step)] else {
                places[Key(group: group, step: step)] = states.count
                let size = (theirs.sum?.result ?? theirs.mean?.result)?.byteCount ?? 0
                try reservation.grow(bytes: MemoryLayout<State>.stride + 48 + 2 * size)
                states.append(theirs)
                continue
            }
            states[number].hints.add(theirs.hints)
            if theirs.isBroken { states[number].isBroken = true }
            change(number, metricName: theirs.metricName) { state throws(IncompatibleHistograms) in
                if let sum = theirs.sum { return try state.sum!.join(sum) }
                return try state.mean!.join(theirs.mean!)
            }
        }
    }

    /// Changes a state in place, unless it is broken.
    private mutating func change(
        _ number: Int, metricName: String,
        _ change: (inout State) throws(IncompatibleHistograms) -> HistogramSumNotes
    ) {
        guard !states[number].isBroken else { return }
        do throws(IncompatibleHistograms) {
            let flags = try change(&states[number])
            if flags.contains(.boundsReconciled) { hasReconciledBounds = true }
        } catch {
            states[number].isBroken = true
            conflicts.insert(metricName)
        }
    }

    /// Adds the annotations about the sums: after all annotations of the operand, as an equal text of
    /// the operand is replaced by it.
    func addAnnotations() {
        if hasReconciledBounds { query.annotations.add(.boundsReconciled(.aggregation), at: place) }
        for metric in conflicts { query.annotations.add(.mixedExponentialAndCustom(metric: metric), at: place) }
    }

    /// Puts the results of `group` into `row`, which has those of its floats. A step with both gets no point.
    func finish(_ group: Int, into row: inout Row) {
        var points = HistogramPoints()
        for step in 0..<row.count {
            guard let state = places[Key(group: group, step: step)].map({ states[$0] }) else { continue }
            guard row[step].isAbsent else {
                query.annotations.add(.mixedFloatsAndHistogramsInAggregation, at: place)
                row[step] = .absent
                continue
            }
            guard !state.isBroken, var result = state.sum?.result ?? state.mean?.result else { continue }
            if state.hints.collide { query.annotations.add(.resetCollision(.aggregation), at: place) }
            result.compact()
            points.append(result, at: step)
        }
        row.put(points)
    }
}
