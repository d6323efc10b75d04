import Foundation
import KTSDBModel
import PromQL

// The changes of Prometheus 3 to native histograms, each recognised by what the two versions compute.

extension KnownDifference {
    /// Returns whether the sum of two histograms is missing, in the result or in what it was computed from, because the
    /// counter of one of them was reset: Prometheus 3.7 gives no result (its change 17051) if it knows about the reset,
    /// which it does for all samples if buckets are not needed.
    func meetsReset(_ difference: Difference, _ expression: PromQL.Expression) -> Bool {
        let isMissing = difference.text.hasPrefix("only Prometheus has ")
        return remarks(expression).contains {
            $0.contains("conflicting counter resets during histogram addition")
                // Of the annotations for one operator and time, only the last is reported.
                || isMissing && $0.contains("incompatible sample types encountered for binary operator \"+\"")
        }
    }

    /// Returns whether a fraction is computed of classic buckets, too, as is possible since 3.4 (change 16095).
    func hasClassicBuckets(_ node: FunctionCall) -> Bool {
        guard case .points(let series) = evaluate(node.arguments.last!, nil) else { return false }
        return series.contains { $0.key["le"] != nil && $0.value.values.contains { $0.number != nil } }
    }

    /// Returns whether histograms meet floats in a sum, which gives no result: Prometheus 2 counts their matches all
    /// the same.
    func addsHistogramsToNumbers(_ node: BinaryExpression) -> Bool {
        let values = [node.left, node.right].flatMap { side -> [Answer.Value] in
            guard case .points(let series) = evaluate(side, nil) else { return [] }
            return series.values.flatMap(\.values)
        }
        return values.contains { $0.histogram != nil } && values.contains { $0.number != nil }
    }

    /// Returns whether a rate of histograms differs by what Prometheus 3 changed about it, and by nothing else:
    ///
    /// - 3.3 (its change 15902): if the counter was reset after the first histogram of a window, that histogram is left
    ///   out. Before, it was subtracted and added again, which joins buckets and keeps a sum that is NaN.
    /// - 3.6 (its change 16828): the increase is extrapolated back to where the count was zero, as with floats, and no
    ///   further.
    func reachesBackToZero(_ point: Difference.Point, _ node: FunctionCall) -> Bool {
        guard let theirs = point.theirs.histogram,
            let window = samples(of: point, in: node), window.samples.count > 1,
            let first = window.samples[0].value.histogram
        else { return false }
        let start = window.end - window.width
        let covered = Double(window.samples.last!.time - window.samples[0].time)
        let distance = covered / Double(window.samples.count - 1)
        func reach(_ gap: Int64) -> Double { Double(gap) < distance * 1.1 ? Double(gap) : distance / 2 }
        let toStart = reach(window.samples[0].time - start), toEnd = reach(window.end - window.samples.last!.time)
        let old = (covered + toStart + toEnd) / covered
        let increase = theirs.count / old * (node.function.name == "rate" ? Double(window.width) / 1000 : 1)
        let toZero = increase > 0 ? covered * (first.count / increase) : .infinity
        let new = (covered + min(toStart, toZero) + toEnd) / covered
        return joined(point, node).contains { joined, tolerance in
            joined.equals(theirs.multiplied(by: new / old), tolerance: tolerance)
        }
    }

    /// The same for floats. Prometheus 2.42 first determines where the count was zero, and then whether that is too far
    /// to extrapolate to; Prometheus 3 does it the other way round (since 2.51, its change 13725).
    func reachesToZeroFirst(
        _ point: Difference.Point, _ numbers: (ours: Double, theirs: Double), _ node: FunctionCall
    ) -> Bool {
        guard let window = samples(of: point, in: node), window.samples.count > 1 else { return false }
        let values = window.samples.compactMap(\.value.number)
        guard values.count == window.samples.count else { return false }
        var increase = values.last! - values[0]
        for (last, next) in zip(values, values.dropFirst()) where next < last { increase += last }
        guard increase > 0, values[0] >= 0 else { return false }
        let times = window.samples.map { Double($0.time) }, covered = times.last! - times[0]
        let distance = covered / Double(times.count - 1), toZero = covered * (values[0] / increase)
        func reach(_ gap: Double) -> Double { gap < distance * 1.1 ? gap : distance / 2 }
        let gap = times[0] - Double(window.end - window.width), toEnd = reach(Double(window.end) - times.last!)
        func value(_ toStart: Double) -> Double {
            let factor = (covered + toStart + toEnd) / covered
            return increase * factor / (node.function.name == "rate" ? Double(window.width) / 1000 : 1)
        }
        return areEqual(numbers.ours, value(min(reach(gap), toZero)), tolerance: 1e-11)
            && areEqual(numbers.theirs, value(reach(min(gap, toZero))), tolerance: 1e-11)
    }

    /// Returns the rate after adding nothing to it in the buckets of the window's first histogram: first with none of
    /// them, and then with all of them, which rounds. Only observations in buckets can move the end of the zero bucket.
    private func joined(_ point: Difference.Point, _ node: FunctionCall) -> [(PrintedHistogram, tolerance: Double)] {
        let first = "first_over_time(\(node.arguments[0]))", rate = Expression.call(node)
        return [("\(rate) + (\(first) - \(first))", 1e-11), ("(\(rate) + \(first)) - \(first)", 1e-6)].compactMap {
            guard let expression = try? parse($0), case .points(let points) = evaluate(expression, nil),
                let histogram = points[point.labels]?[point.time]?.histogram
            else { return nil }
            return (histogram, $1)
        }
    }

    /// Returns the samples of one series to which a function over time was applied, and the window that contains them.
    private func samples(
        of point: Difference.Point, in node: FunctionCall
    ) -> (samples: [(time: Int64, value: Answer.Value)], end: Int64, width: Int64)? {
        var argument = node.arguments[0], end = point.time, width: DurationExpression
        func shift(_ offset: DurationExpression?, _ at: inout AtModifier?) {
            switch at {
            case .timestamp(let time): end = time.milliseconds
            case .start: end = question.start * 1000
            case .end: end = question.end * 1000
            case nil: break
            }
            if at != nil { at = .timestamp(Timestamp(milliseconds: end)) }
            end -= offset.flatMap { try? $0.milliseconds(step: 0, queryRange: 0, allowingNegative: true) } ?? 0
        }
        switch argument {
        case .matrixSelector(var selector):
            width = selector.window
            shift(selector.selector.offset, &selector.selector.at)
            argument = .matrixSelector(selector)
        case .subquery(var subquery):
            width = subquery.window
            shift(subquery.offset, &subquery.at)
            argument = .subquery(subquery)
        default: return nil
        }
        guard let width = try? width.milliseconds(step: 0, queryRange: 0, allowingNegative: false),
            case .points(let series) = evaluate(argument, point.time)
        else { return nil }
        let found = series.filter { $0.key.filter { $0.name != "__name__" }.elementsEqual(point.labels) }
        guard found.count == 1, let points = found.values.first else { return nil }
        return (points.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, end, width)
    }

    /// Returns whether a quantile or fraction differs by how observations are assumed to be distributed within a
    /// bucket: evenly in Prometheus 2, evenly on a logarithmic scale since 3.0 (its change 14677). Each must be right
    /// by its own rule.
    func isInterpolated(
        _ point: Difference.Point, _ numbers: (ours: Double, theirs: Double), _ node: FunctionCall
    ) -> Bool {
        func parameter(_ place: Int) -> Double? {
            guard case .points(let points) = evaluate(node.arguments[place], point.time) else { return nil }
            return points[Labels()]?.values.first?.number
        }
        guard case .points(let series) = evaluate(node.arguments.last!, nil) else { return false }
        let found = series.filter { $0.key.filter { $0.name != "__name__" }.elementsEqual(point.labels) }
            .compactMap { $0.value[point.time]?.histogram }
        guard found.count == 1, let histogram = found.first else { return false }
        // A difference of gauges may have a negative number of observations in a bucket, and then any number of
        // quantiles. If that is the zero bucket, it is not printed, and the other buckets do not add up to the count.
        let isWhole =
            areEqual(histogram.bucketTotal, histogram.count, tolerance: 1e-9)
            || histogram.sum.isNaN && histogram.bucketTotal < histogram.count
        if !isWhole || histogram.buckets.contains(where: { $0.count < 0 }) { return true }
        if node.function.name == "histogram_quantile" {
            guard let rank = parameter(0).map({ $0 * histogram.count }) else { return false }
            func isAt(_ value: Double, isLinear: Bool) -> Bool {
                // More than one rank has this value if a bucket consists of nothing else.
                let margin = 1e-9 * histogram.count
                let below = histogram.ranks(of: value, isLinear: isLinear)
                let through = histogram.ranks(of: value.nextUp, isLinear: isLinear)
                return zip(below, through).contains { $0 - margin <= rank && rank <= $1 + margin }
            }
            let isOurs =
                histogram.sum.isNaN
                ? areEqual(numbers.ours, histogram.skewedQuantile(rank), tolerance: 1e-9)
                : isAt(numbers.ours, isLinear: false)
            // Prometheus 2 stops at an empty bucket if it looks for the first observation, and divides by its count;
            // for an observation of NaN, it gives the last bound, perhaps of an empty bucket.
            return isOurs
                && (isAt(numbers.theirs, isLinear: true) || rank == 0 && numbers.theirs.isNaN
                    || histogram.bucketTotal < rank && numbers.theirs >= histogram.buckets.last?.upper ?? 0)
        }
        guard let lower = parameter(0), let upper = parameter(1), lower < upper else { return false }
        func isFraction(_ fraction: Double, of count: Double, isLinear: Bool) -> Bool {
            func ranks(_ value: Double) -> [Double] {
                let ranks = histogram.ranks(of: value, isLinear: isLinear).map { min($0, count) }
                guard let last = histogram.buckets.last, value < last.upper else { return ranks + [count] }
                return ranks
            }
            // All observations are below a value above all buckets, except those of NaN if an empty bucket contains the
            // value.
            return ranks(lower).contains { lower in
                ranks(upper).contains { abs(($0 - lower) / histogram.count - fraction) <= 1e-9 }
            }
        }
        // Observations of NaN are not in any range since 3.5 (its change 16724).
        return isFraction(
            numbers.ours, of: histogram.sum.isNaN ? histogram.bucketTotal : histogram.count, isLinear: false)
            && isFraction(numbers.theirs, of: histogram.count, isLinear: true)
    }
}

extension PrintedHistogram {
    /// The number of observations in buckets: all except those of NaN.
    fileprivate var bucketTotal: Double { buckets.reduce(0) { $0 + $1.count } }

    /// Returns what Prometheus 3 gives for a quantile if the sum is NaN: it finds the bucket of the rank from below,
    /// continues to the last bucket to check whether all observations are there, and then interpolates in that last
    /// one.
    fileprivate func skewedQuantile(_ rank: Double) -> Double {
        var reached = 0.0
        guard let last = buckets.last,
            let bucket = buckets.first(where: {
                reached += $0.count
                return reached >= rank
            })
        else { return .nan }
        let fraction = (rank - (reached - bucket.count)) / last.count
        if last.lower <= 0, last.upper >= 0 { return last.lower + (last.upper - last.lower) * fraction }
        return last.lower > 0
            ? last.lower * pow(last.upper / last.lower, fraction)
            : last.upper * pow(last.lower / last.upper, 1 - fraction)
    }

    /// Returns the number of observations below a value, counted in two ways: with a zero bucket that ends at zero on a
    /// side without other buckets, and with one that does not. Empty buckets on that side decide which one applies;
    /// they are not printed, and Prometheus adds some when it stores.
    fileprivate func ranks(of value: Double, isLinear: Bool) -> [Double] {
        [(false, false), (true, false), (false, true)].map { cutsBelow, cutsAbove in
            rank(of: value, isLinear: isLinear, cutsBelow: cutsBelow, cutsAbove: cutsAbove)
        }
    }

    private func rank(of value: Double, isLinear: Bool, cutsBelow: Bool, cutsAbove: Bool) -> Double {
        var rank = 0.0
        for var bucket in buckets {
            let holdsZero = bucket.lower < 0 && bucket.upper > 0
            if holdsZero {
                if cutsBelow, buckets[0].lower == bucket.lower { bucket.lower = 0 }
                if cutsAbove, buckets.last!.upper == bucket.upper { bucket.upper = 0 }
            }
            if bucket.lower >= value { return rank }
            if bucket.upper > value {
                return rank + bucket.count * bucket.fraction(below: value, isLinear: isLinear || holdsZero)
            }
            rank += bucket.count
        }
        return rank
    }
}
