internal import KTSDBModel

// histogram_quantile, histogram_quantiles, histogram_fraction: from the bucket series of histograms to one series each.

extension Evaluator {
    /// The series that are buckets of one histogram.
    private struct BucketGroup: Sendable {
        var labels: Labels
        /// Ascending by bound.
        var members: [(bound: Double, position: Int)]
    }

    func histogramQuantile(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let parameter = call.arguments[0]
        let fractions = try scalar(parameter, on: grid)
        for fraction in fractions.distinct(count: grid.count) { warnOfQuantile(fraction, at: parameter.place) }
        return try histograms(call.arguments[1], on: grid) { buckets, step in
            ClassicHistogram.quantile(fractions[step], &buckets, at: grid.time(step))
        }
    }

    func histogramFraction(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let bounds = try scalars(call.arguments.prefix(2), on: grid)
        return try histograms(call.arguments[2], on: grid) { buckets, step in
            (ClassicHistogram.fraction(from: bounds[0][step], to: bounds[1][step], &buckets), nil)
        }
    }

    /// `histogram_quantiles(x, "label", φ…)`: one series for each quantile, which the label names.
    func histogramQuantiles(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let rows = try materialized(try vector(call.arguments[0], on: grid))
        let label = string(call.arguments[1])
        var parts: [any RowSource] = []
        for parameter in call.arguments.dropFirst(2) {
            let fractions = try scalar(parameter, on: grid)
            var values = fractions.distinct(count: grid.count)
            for value in values { warnOfQuantile(value, at: parameter.place) }
            // A quantile that changes from step to step gives a series for each of its values.
            values = values.reduce(into: []) { seen, value in
                if !seen.contains(where: { $0 == value || $0.isNaN && value.isNaN }) { seen.append(value) }
            }
            for value in values {
                let quantiles = try histograms(rows, at: call.arguments[0].place) { buckets, step in
                    let fraction = fractions[step]
                    guard fraction == value || fraction.isNaN && value.isNaN else { return (.absent, nil) }
                    return ClassicHistogram.quantile(fraction, &buckets, at: grid.time(step))
                }
                let text = Self.openMetricsText(value)
                parts.append(
                    MappedRows(
                        quantiles,
                        identities: quantiles.identities.map {
                            SeriesIdentity(labels: $0.labels.setting(label, to: text), dropsName: $0.dropsName)
                        }))
            }
        }
        var all: any RowSource = MatrixRows(grid: grid)
        for part in parts { all = ConcatenatedRows(all, part) }
        return try DistinctLabels.joined(all, all.identities, query: query)
    }

    /// A number as OpenMetrics writes it in labels: always with a point or an exponent.
    private static func openMetricsText(_ value: Double) -> String {
        let text = goFormat(value)
        return text.contains(where: { ".eNI".contains($0) }) ? text : text + ".0"
    }

    private typealias Computation = @Sendable (inout [Bucket], _ step: Int) -> (Double, MonotonicityRepair?)

    private func histograms(
        _ argument: PlanNode, on grid: StepGrid, _ compute: @escaping Computation
    ) throws(QueryError) -> any RowSource {
        try histograms(try vector(argument, on: grid), at: argument.place, compute)
    }

    /// One series for each histogram in `rows`; `compute` is called for each step at which it has a bucket.
    private func histograms(
        _ rows: any RowSource, at place: Int, _ compute: @escaping Computation
    ) throws(QueryError) -> any RowSource {
        let groups = try bucketGroups(rows, at: place)
        let (identities, mayCollide) = withoutNames(
            groups.map { SeriesIdentity(labels: $0.labels, dropsName: false) }, rows.hasOneName)
        var parts: [MatrixPart] = []
        let query = query, steps = rows.grid.count
        try SeriesRanges.forEach(of: groups.count, steps: steps, query: query) {
            BucketWorker(rows, query)
        } work: { worker, range throws(QueryError) in
            var part = MatrixPart(query)
            for number in range {
                try query.check()
                try worker.load(groups[number].members.map(\.position))
                let name = query.options.delayedNameRemoval ? groups[number].labels.metricName ?? "" : ""
                worker.compute(groups[number].members.map(\.bound)) { buckets, step in
                    let (value, repair) = compute(&buckets, step)
                    if let repair { query.annotations.add(repair, metricName: name, at: place) }
                    return value
                }
                try part.append(worker.result, identities[number])
            }
            return part
        } take: {
            parts.append($0)
        }
        let matrix = MatrixRows(grid: rows.grid, parts: parts)
        guard mayCollide else { return matrix }
        return try DistinctLabels.joined(matrix, matrix.identities, query: query)
    }

    /// Scratch memory of one thread.
    private final class BucketWorker {
        private let rows: RowWorker
        private let steps: Int
        private let reservation: SampleReservation
        /// The rows of one histogram's buckets, one after the other.
        private var counts = Column<Double>()
        private var buckets: [Bucket] = []
        private(set) var result: Row

        init(_ rows: any RowSource, _ query: RunningQuery) {
            self.rows = RowWorker(rows, query)
            reservation = SampleReservation(query)
            steps = rows.grid.count
            result = .absent(count: rows.grid.count)
        }

        func load(_ positions: [Int]) throws(QueryError) {
            try reservation.grow(to: positions.count * steps)
            counts.removeAll()
            for position in positions {
                if try rows.read(position) { rows.append(to: &counts) } else { counts.appendAbsent(steps) }
            }
        }

        /// Writes into `result` what `value` gives for the buckets that have a point, at each step that has any. The
        /// bounds are those of the rows loaded, ascending.
        func compute(_ bounds: [Double], _ value: (inout [Bucket], _ step: Int) -> Double) {
            Self.compute(bounds, counts, steps, &buckets, into: &result, value)
        }

        private static func compute(
            _ bounds: [Double], _ counts: borrowing Column<Double>, _ steps: Int, _ buckets: inout [Bucket],
            into result: inout Row, _ value: (inout [Bucket], _ step: Int) -> Double
        ) {
            let counts = counts.span
            for step in 0..<steps {
                buckets.removeAll(keepingCapacity: true)
                for (index, bound) in bounds.enumerated() {
                    let count = counts[index * steps + step]
                    if !count.isAbsent { buckets.append(Bucket(upperBound: bound, count: count)) }
                }
                result[step] = buckets.isEmpty ? .absent : value(&buckets, step)
            }
        }
    }

    /// Puts bucket series together that differ in `le` alone.
    private func bucketGroups(_ rows: any RowSource, at place: Int) throws(QueryError) -> [BucketGroup] {
        var numbers: [Labels: Int] = [:], groups: [BucketGroup] = []
        let worker = RowWorker(rows, query)
        for position in 0..<rows.count {
            let labels = rows.series(at: position).labels
            let text = labels["le"] ?? ""
            guard let bound = Self.bound(text) else {
                if try worker.read(position), !worker.row.presentSteps.isEmpty {
                    warnOfBucketLabel(text, labels, at: place)
                }
                continue
            }
            let group = labels.removing(["le"])
            if let number = numbers[group] {
                groups[number].members.append((bound, position))
            } else {
                numbers[group] = groups.count
                groups.append(BucketGroup(labels: group, members: [(bound, position)]))
            }
        }
        for number in groups.indices { groups[number].members.sort { $0.bound < $1.bound } }
        return groups
    }

    /// The number that a label `le` holds; nil if it is none, or none that a double can hold.
    private static func bound(_ text: String) -> Double? {
        guard let value = Double(text), !text.contains("(") else { return nil }
        if value.isInfinite, text.contains(where: \.isNumber) { return nil }
        return value
    }

    private func warnOfBucketLabel(_ text: String, _ labels: Labels, at place: Int) {
        let name = query.options.delayedNameRemoval ? labels.metricName ?? "" : ""
        query.annotations.add(
            .warning,
            "bucket label \"le\" is missing or has a malformed value of \(goQuoted(text))"
                + (name.isEmpty ? "" : " for metric name \(goQuoted(name))"), at: place)
    }
}
