internal import KTSDBModel

/// The running state of `sum`, `avg`, `min`, `max`, `count`, `group`, `stddev` and `stdvar` over many groups.
///
/// Rows are added as they come and never kept: `sum by (job) (rate(x[5m]))` needs one row for each group and not one
/// for each series. The state of a group is a few planes of one number per step; in the first a step without points is
/// absent.
struct GroupFold: ~Copyable {
    let operation: AggregationOperator
    private let steps: Int
    private let planes: Int
    private var state = Column<Double>()
    private let reservation: SampleReservation

    init(_ operation: AggregationOperator, steps: Int, query: QueryContext) {
        self.operation = operation
        self.steps = steps
        planes =
            switch operation {
            case .sum: 2  // sum, compensation
            case .avg: 4  // sum or mean, compensation, count, whether it is the mean
            case .stddev, .stdvar: 3  // count, mean, squared differences
            default: 1
            }
        reservation = SampleReservation(query)
    }

    /// Makes room for one more group; groups are numbered as they come.
    mutating func addGroup() throws(QueryError) {
        try reservation.grow(by: planes * steps)
        // Its labels, and what finds it.
        try reservation.grow(bytes: 2 * SeriesIdentity.baseByteCount)
        state.appendAbsent(planes * steps)
    }

    /// Adds the points of `row` to `group`.
    mutating func add(_ row: borrowing Row, to group: Int) {
        let values = row.span, operation = operation, steps = steps
        let base = group * planes * steps
        var state = state.mutableSpan
        switch operation {
        case .sum:
            var step = 0
            while step < steps {
                if step + 4 <= steps, Self.addLanesToSum(values.lanes(step), &state, base + step, steps) {
                    step += 4
                    continue
                }
                if !values[step].isAbsent { Self.addToSum(values[step], 0, &state, base + step, steps) }
                step += 1
            }
        case .avg:
            var step = 0
            while step < steps {
                if step + 4 <= steps, Self.addLanesToMean(values.lanes(step), &state, base + step, steps) {
                    step += 4
                    continue
                }
                if !values[step].isAbsent {
                    var mean = Self.mean(state, base + step, steps)
                    if mean == nil { mean = RunningMean(values[step]) } else { mean!.add(values[step]) }
                    Self.store(mean!, in: &state, base + step, steps)
                }
                step += 1
            }
        case .min:
            for step in values.indices where !values[step].isAbsent {
                let old = state[base + step]
                if old > values[step] || old.isNaN { state[base + step] = values[step] }
            }
        case .max:
            for step in values.indices where !values[step].isAbsent {
                let old = state[base + step]
                if old < values[step] || old.isNaN { state[base + step] = values[step] }
            }
        case .count:
            for step in values.indices where !values[step].isAbsent {
                let old = state[base + step]
                state[base + step] = old.isAbsent ? 1 : old + 1
            }
        case .stddev, .stdvar:
            for step in values.indices where !values[step].isAbsent {
                Self.addToVariance(values[step], &state, base + step, steps)
            }
        default:
            for step in values.indices where !values[step].isAbsent { state[base + step] = 1 }
        }
    }

    /// Adds one point of each of many series, at the only step; each goes to the group at its index, none if that is
    /// negative.
    mutating func add(_ points: borrowing Row, toEach groups: Span<Int32>) {
        let values = points.span, operation = operation, planes = planes
        var state = state.mutableSpan
        switch operation {
        case .sum:
            for index in groups.indices where groups[index] >= 0 {
                Self.addToSum(values[index], 0, &state, Int(groups[index]) * planes, 1)
            }
        case .avg:
            for index in groups.indices where groups[index] >= 0 {
                let base = Int(groups[index]) * planes
                var mean = Self.mean(state, base, 1)
                if mean == nil { mean = RunningMean(values[index]) } else { mean!.add(values[index]) }
                Self.store(mean!, in: &state, base, 1)
            }
        case .min:
            for index in groups.indices where groups[index] >= 0 {
                let base = Int(groups[index]), old = state[base]
                if old > values[index] || old.isNaN { state[base] = values[index] }
            }
        case .max:
            for index in groups.indices where groups[index] >= 0 {
                let base = Int(groups[index]), old = state[base]
                if old < values[index] || old.isNaN { state[base] = values[index] }
            }
        case .count:
            for index in groups.indices where groups[index] >= 0 {
                let base = Int(groups[index]), old = state[base]
                state[base] = old.isAbsent ? 1 : old + 1
            }
        case .stddev, .stdvar:
            for index in groups.indices where groups[index] >= 0 {
                Self.addToVariance(values[index], &state, Int(groups[index]) * planes, 1)
            }
        default: for index in groups.indices where groups[index] >= 0 { state[Int(groups[index])] = 1 }
        }
    }

    /// Takes in what `other` has for its group `source`: of series that come after those that are here.
    mutating func join(_ other: borrowing GroupFold, group source: Int, into group: Int) {
        let operation = operation, steps = steps, planes = planes
        let from = source * planes * steps, base = group * planes * steps
        let theirs = other.state.span
        var state = state.mutableSpan
        for step in 0..<steps where !theirs[from + step].isAbsent {
            if state[base + step].isAbsent {
                for plane in 0..<planes { state[base + plane * steps + step] = theirs[from + plane * steps + step] }
                continue
            }
            let value = theirs[from + step], old = state[base + step]
            switch operation {
            case .sum:
                Self.addToSum(value, theirs[from + steps + step], &state, base + step, steps)
            case .avg:
                var mean = Self.mean(state, base + step, steps)!
                mean.join(
                    RunningMean(
                        sum: value, rest: theirs[from + steps + step], count: theirs[from + 2 * steps + step],
                        isIncremental: theirs[from + 3 * steps + step] != 0))
                Self.store(mean, in: &state, base + step, steps)
            case .min: if old > value || old.isNaN { state[base + step] = value }
            case .max: if old < value || old.isNaN { state[base + step] = value }
            case .count: state[base + step] = old + value
            case .stddev, .stdvar:
                // Chan, Golub, LeVeque: "Updating formulae and a pairwise algorithm for computing sample variances"
                // (1979).
                let count = old + value
                let difference = theirs[from + steps + step] - state[base + steps + step]
                state[base + 2 * steps + step] +=
                    theirs[from + 2 * steps + step] + difference * difference * old * value / count
                state[base + steps + step] += difference * value / count
                state[base + step] = count
            default: break
            }
        }
    }

    /// Writes the result of `group` into `row`.
    borrowing func finish(_ group: Int, into row: inout Row) {
        let base = group * planes * steps
        let state = state.span
        for step in 0..<steps {
            let first = state[base + step]
            guard !first.isAbsent else {
                row[step] = .absent
                continue
            }
            switch operation {
            case .sum: row[step] = point(first + state[base + steps + step])
            case .avg: row[step] = point(Self.mean(state, base + step, steps)!.value)
            case .stdvar: row[step] = state[base + 2 * steps + step] / first
            case .stddev: row[step] = (state[base + 2 * steps + step] / first).squareRoot()
            default: row[step] = first
            }
        }
    }

    // The state of one step: `index` in the first plane, each next plane `stride` further.

    @inline(__always)
    private static func addToSum(
        _ value: Double, _ rest: Double, _ state: inout MutableSpan<Double>, _ index: Int, _ stride: Int
    ) {
        var sum = state[index], sumRest = state[index + stride]
        if sum.isAbsent {
            (sum, sumRest) = (value, rest)
        } else {
            compensatedAdd(value, to: &sum, &sumRest)
            if !sum.isInfinite { sumRest += rest }
        }
        state[index] = sum
        state[index + stride] = sumRest
    }

    /// ``addToSum(_:_:_:_:_:)`` for four steps at once.
    /// - Returns: false if a sum would not be finite, or a point is absent here or there: then nothing was done.
    @inline(__always)
    private static func addLanesToSum(
        _ values: StepLanes, _ state: inout MutableSpan<Double>, _ index: Int, _ stride: Int
    ) -> Bool {
        var sums = state.lanes(index)
        var rests = state.lanes(index + stride)
        compensatedAdd(values, to: &sums, &rests)
        // Absent points are NaNs, and so is every sum with one.
        guard sums.isFinite else { return false }
        state.setLanes(sums, at: index)
        state.setLanes(rests, at: index + stride)
        return true
    }

    /// ``RunningMean/add(_:)`` for four steps at once.
    /// - Returns: false as ``addLanesToSum(_:_:_:_:)``, and where a mean is moved by each value.
    @inline(__always)
    private static func addLanesToMean(
        _ values: StepLanes, _ state: inout MutableSpan<Double>, _ index: Int, _ stride: Int
    ) -> Bool {
        let moves = state.lanes(index + 3 * stride)
        guard !any(moves .!= 0), addLanesToSum(values, &state, index, stride) else { return false }
        state.setLanes(state.lanes(index + 2 * stride) + 1, at: index + 2 * stride)
        return true
    }

    @inline(__always)
    private static func addToVariance(
        _ value: Double, _ state: inout MutableSpan<Double>, _ index: Int, _ stride: Int
    ) {
        var count = state[index], mean = state[index + stride], squares = state[index + 2 * stride]
        if count.isAbsent {
            (count, mean, squares) = (1, value, value.isFinite ? 0 : .nan)
        } else {
            count += 1
            let difference = value - mean
            mean += difference / count
            squares += difference * (value - mean)
        }
        state[index] = count
        state[index + stride] = mean
        state[index + 2 * stride] = squares
    }

    private static func mean(_ state: borrowing MutableSpan<Double>, _ index: Int, _ steps: Int) -> RunningMean? {
        guard !state[index].isAbsent else { return nil }
        return RunningMean(
            sum: state[index], rest: state[index + steps], count: state[index + 2 * steps],
            isIncremental: state[index + 3 * steps] != 0)
    }

    private static func mean(_ state: Span<Double>, _ index: Int, _ steps: Int) -> RunningMean? {
        guard !state[index].isAbsent else { return nil }
        return RunningMean(
            sum: state[index], rest: state[index + steps], count: state[index + 2 * steps],
            isIncremental: state[index + 3 * steps] != 0)
    }

    private static func store(_ mean: RunningMean, in state: inout MutableSpan<Double>, _ index: Int, _ steps: Int) {
        state[index] = mean.sum
        state[index + steps] = mean.rest
        state[index + 2 * steps] = mean.count
        state[index + 3 * steps] = mean.isIncremental ? 1 : 0
    }
}
