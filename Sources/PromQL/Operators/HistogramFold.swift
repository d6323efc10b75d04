internal import KTSDBModel

/// The running state of `sum` and `avg` over the histograms of many groups, beside that of their floats in ``GroupFold``.
///
/// Histograms are rare and large: a group has a state only at the steps at which it has some.
struct HistogramFold {
    /// What one group adds up to at one step.
    private struct State {
        enum Total {
            case sum(HistogramSum)
            case mean(HistogramMean)
        }
        /// nil once histograms came together that do not go together.
        var total: Total?
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
    private let query: RunningQuery
    private var states: [Key: State] = [:]

    init(isMean: Bool, at place: Int, query: RunningQuery) {
        self.isMean = isMean
        self.place = place
        self.query = query
    }

    var isEmpty: Bool { states.isEmpty }

    /// Adds the histograms of a series to a group.
    mutating func add(_ points: HistogramPoints, to group: Int, metricName: String) {
        for (step, histogram) in zip(points.steps, points.values) {
            var state: State
            if let old = states[Key(group: group, step: step)] {
                state = old
                state.total = combined(state.total, metricName: metricName) { total throws(IncompatibleHistograms) in
                    switch total {
                    case .sum(var sum):
                        let notes = try sum.add(histogram)
                        return (.sum(sum), notes)
                    case .mean(var mean):
                        let notes = try mean.add(histogram)
                        return (.mean(mean), notes)
                    }
                }
            } else {
                state = State(
                    total: isMean ? .mean(HistogramMean(histogram)) : .sum(HistogramSum(histogram)),
                    metricName: metricName)
            }
            state.hints.add(histogram)
            states[Key(group: group, step: step)] = state
        }
    }

    /// Takes in what `other` has for its group `source`: of series that come after those that are here.
    mutating func join(_ other: HistogramFold, group source: Int, into group: Int, steps: Int) {
        for step in 0..<steps {
            guard let theirs = other.states[Key(group: source, step: step)] else { continue }
            guard var state = states[Key(group: group, step: step)] else {
                states[Key(group: group, step: step)] = theirs
                continue
            }
            state.hints.add(theirs.hints)
            switch theirs.total {
            case nil: state.total = nil
            case let rest?:
                state.total = combined(state.total, metricName: theirs.metricName) {
                    total throws(IncompatibleHistograms) in
                    switch (total, rest) {
                    case (.sum(var sum), .sum(let rest)):
                        let notes = try sum.join(rest)
                        return (.sum(sum), notes)
                    case (.mean(var mean), .mean(let rest)):
                        let notes = try mean.join(rest)
                        return (.mean(mean), notes)
                    default: preconditionFailure("A fold makes sums or means, not both.")
                    }
                }
            }
            states[Key(group: group, step: step)] = state
        }
    }

    /// What `add` makes of a total; nil if the two do not go together.
    private func combined(
        _ total: State.Total?, metricName: String,
        _ add: (State.Total) throws(IncompatibleHistograms) -> (State.Total, HistogramSumNotes)
    ) -> State.Total? {
        guard let total else { return nil }
        do throws(IncompatibleHistograms) {
            let (result, notes) = try add(total)
            if notes.contains(.boundsReconciled) {
                query.annotations.add(.boundsReconciled(.aggregation), at: place)
            }
            return result
        } catch {
            query.annotations.add(.mixedExponentialAndCustom(metric: metricName), at: place)
            return nil
        }
    }

    /// Puts the results of `group` into `row`, which has those of its floats. A step with both gets no point.
    func finish(_ group: Int, into row: inout Row) {
        var points = HistogramPoints()
        for step in 0..<row.count {
            guard let state = states[Key(group: group, step: step)] else { continue }
            guard row[step].isAbsent else {
                query.annotations.add(.mixedFloatsAndHistogramsInAggregation, at: place)
                row[step] = .absent
                continue
            }
            guard let total = state.total else { continue }
            var result =
                switch total {
                case .sum(let sum): sum.result
                case .mean(let mean): mean.result
                }
            if state.hints.collide { query.annotations.add(.resetCollision(.aggregation), at: place) }
            result.compact()
            points.append(result, at: step)
        }
        row.put(points)
    }
}
