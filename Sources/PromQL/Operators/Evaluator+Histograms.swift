internal import KTSDBModel

// histogram_quantile, histogram_quantiles, histogram_fraction: from the bucket series of classic histograms to one
// series each, and from native histograms to numbers.

extension Evaluator {
    /// The series that are buckets of one histogram.
    private struct BucketGroup: Sendable {
        var labels: Labels
        /// Ascending by bound.
        var members: [(bound: Double, position: Int)] = []
        /// The series with the same labels and no bound: it holds native histograms, or does not belong here.
        var native: Int?
    }

    /// The value for one histogram at one step; absent for no value.
    private struct Computation: Sendable {
        var classic: @Sendable (inout [Bucket], _ step: Int) -> (Double, MonotonicityRepair?)
        var native: @Sendable (Histogram, _ step: Int, _ metricName: String) -> (Double, HistogramAnnotation?)
    }

    func histogramQuantile(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let parameter = call.arguments[0]
        let fractions = try scalar(parameter, on: grid)
        for fraction in fractions.distinct(count: grid.count) { warnOfQuantile(fraction, at: parameter.place) }
        let computation = Computation { buckets, step in
            ClassicHistogram.quantile(fractions[step], &buckets, at: grid.time(step))
        } native: { histogram, step, name in
            NativeHistogram.quantile(fractions[step], histogram, metricName: name)
        }
        return try histograms(try vector(call.arguments[1], on: grid), at: call.arguments[1].place, computation)
    }

    func histogramFraction(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let bounds = try scalars(call.arguments.prefix(2), on: grid)
        let computation = Computation { buckets, step in
            (ClassicHistogram.fraction(from: bounds[0][step], to: bounds[1][step], &buckets), nil)
        } native: { histogram, step, name in
            NativeHistogram.fraction(from: bounds[0][step], to: bounds[1][step], histogram, metricName: name)
        }
        return try histograms(try vector(call.arguments[2], on: grid), at: call.arguments[2].place, computation)
    }

    /// `histogram_quantiles(x, "label", φ…)`: one series for each quantile, which the label names.
    func histogramQuantiles(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let rows = try materialized(try vector(call.arguments[0], on: grid))
        let label = string(call.arguments[1])
        var parts: [any RowSource] = []
        var earlier: [ScalarRow] = []
        for parameter in call.arguments.dropFirst(2) {
            let fractions = try scalar(parameter, on: grid)
            // Repairs of the buckets are reported once, by the first quantile that reads them.
            let reportsRepair: @Sendable (Int) -> Bool = { [earlier] step in
                !earlier.contains { 0...1 ~= $0[step] }
            }
            earlier.append(fractions)
            var values = fractions.distinct(count: grid.count)
            for value in values { warnOfQuantile(value, at: parameter.place) }
            // A quantile that changes from step to step gives a series for each of its values.
            var seen: Set<UInt64> = []
            // Both zeros are one value, and so are all NaNs.
            values = values.filter { seen.insert($0.isNaN ? .max : ($0 + 0).bitPattern).inserted }
            for value in values {
                let isAsked: @Sendable (Int) -> Bool = { fractions[$0] == value || fractions[$0].isNaN && value.isNaN }
                let computation = Computation { buckets, step in
                    guard isAsked(step) else { return (.absent, nil) }
                    let (quantile, repair) = ClassicHistogram.quantile(value, &buckets, at: grid.time(step))
                    return (quantile, reportsRepair(step) ? repair : nil)
                } native: { histogram, step, name in
                    isAsked(step) ? NativeHistogram.quantile(value, histogram, metricName: name) : (.absent, nil)
                }
                try query.check()
                let quantiles = try histograms(rows, at: call.arguments[0].place, computation)
                let text = Array(Self.openMetricsText(value).utf8)
                parts.append(
                    MappedRows(
                        quantiles,
                        identities: try identities(quantiles) { series throws(QueryError) in
                            try setting(label, to: text, of: series)
                        }))
            }
        }
        let all: any RowSource = parts.isEmpty ? MatrixRows(grid: grid) : ConcatenatedRows(parts)
        return try DistinctLabels.joined(all, all.identities, waits: true, query: query)
    }

    /// A number as OpenMetrics writes it in labels: always with a point or an exponent.
    private static func openMetricsText(_ value: Double) -> String {
        let text = value == 0 ? "0" : goFormat(value)
        return text.contains(where: { ".eNI".contains($0) }) ? text : text + ".0"
    }

    /// One series for each histogram in `rows`; a step at which it is both classic and native gets no point.
    private func histograms(
        _ rows: any RowSource, at place: Int, _ computation: Computation
    ) throws(QueryError) -> any RowSource {
        let groups = try bucketGroups(rows)
        let (identities, mayCollide) = try withoutNames(
            groups.map { SeriesIdentity(labels: $0.labels, dropsName: false) }, rows.hasOneName)
        var parts: [MatrixPart] = []
        let query = query, steps = rows.grid.count, evaluator = self
        try SeriesRanges.forEach(of: groups.count, steps: steps, query: query) {
            BucketWorker(rows, query)
        } work: { worker, range throws(QueryError) in
            var part = MatrixPart(query)
            for number in range {
                try query.check()
                let group = groups[number]
                try worker.load(group.members.map(\.position), native: group.native)
                if worker.hasUnboundFloats {
                    evaluator.warnOfBucketLabel(try rows.series(at: group.native!).labels, at: place)
                }
                let name = query.options.delayedNameRemoval ? group.labels.metricName ?? "" : ""
                try worker.compute(group.members.map(\.bound)) { buckets, native, step in
                    evaluator.value(&buckets, native, step, computation, name, at: place, of: steps)
                }
                try part.append(worker.result, identities[number])
                for (position, points) in worker.strays {
                    let (identity, _) = try evaluator.withoutNames([rows.series(at: position)], false)
                    try worker.computeStray(points) { native, step in
                        var none: [Bucket] = []
                        return evaluator.value(&none, native, step, computation, name, at: place, of: steps)
                    }
                    try part.append(worker.result, identity[0])
                }
            }
            return part
        } take: {
            parts.append($0)
        }
        let matrix = MatrixRows(grid: rows.grid, parts: parts)
        guard mayCollide else { return matrix }
        return try DistinctLabels.joined(matrix, matrix.identities, waits: true, query: query)
    }

    /// The value for the classic buckets or the native histogram of one step.
    private func value(
        _ buckets: inout [Bucket], _ native: Histogram?, _ step: Int, _ computation: Computation, _ name: String,
        at place: Int, of steps: Int
    ) -> Double {
        if let native {
            guard buckets.isEmpty else {
                query.annotations.add(.mixedClassicAndNative(metric: name), at: place)
                return .absent
            }
            let (value, annotation) = computation.native(native, step, name)
            if let annotation { query.annotations.add(annotation, at: place) }
            return value
        }
        guard !buckets.isEmpty else { return .absent }
        let (value, repair) = computation.classic(&buckets, step)
        if let repair {
            query.annotations.add(repair, metricName: name, at: place, step: step, of: steps)
        }
        return value
    }

    /// Scratch memory of one thread.
    private final class BucketWorker {
        private let rows: RowWorker
        private let steps: Int
        private let query: QueryContext
        private let reservation: SampleReservation
        /// The rows of one histogram's buckets, one after the other.
        private var counts = Column<Double>()
        private var buckets: [Bucket] = []
        private var native = HistogramPoints()
        /// Whether the series without a bound has floats.
        private(set) var hasUnboundFloats = false
        /// Native histograms among the series that are buckets: each is a histogram of its own.
        private(set) var strays: [(position: Int, points: HistogramPoints)] = []
        private(set) var result: Row

        init(_ rows: any RowSource, _ query: QueryContext) {
            self.rows = RowWorker(rows, query)
            self.query = query
            reservation = SampleReservation(query)
            steps = rows.grid.count
            result = .absent(count: rows.grid.count)
        }

        func load(_ positions: [Int], native nativePosition: Int?) throws(QueryError) {
            try reservation.grow(to: positions.count * steps)
            counts.removeAll()
            strays.removeAll()
            for position in positions {
                guard try rows.read(position) else {
                    counts.appendAbsent(steps)
                    continue
                }
                let points = rows.takeHistograms()
                if !points.isEmpty { strays.append((position, points)) }
                rows.append(to: &counts)
            }
            native = HistogramPoints()
            hasUnboundFloats = false
            guard let nativePosition, try rows.read(nativePosition) else { return }
            native = rows.takeHistograms()
            hasUnboundFloats = rows.row.hasFloats
        }

        /// Writes into `result` what `value` gives for the buckets that have a point, and for the native histogram, at
        /// each step. The bounds are those of the rows loaded, ascending.
        func compute(
            _ bounds: [Double], _ value: (inout [Bucket], _ native: Histogram?, _ step: Int) -> Double
        ) throws(QueryError) {
            try Self.compute(bounds, counts, native, steps, &buckets, into: &result, QueryPace(query), value)
        }

        private static func compute(
            _ bounds: [Double], _ counts: borrowing Column<Double>, _ native: HistogramPoints, _ steps: Int,
            _ buckets: inout [Bucket], into result: inout Row, _ pace: consuming QueryPace,
            _ value: (inout [Bucket], _ native: Histogram?, _ step: Int) -> Double
        ) throws(QueryError) {
            let counts = counts.span
            for step in 0..<steps {
                try pace.step(8 + bounds.count * 2 + (native.isEmpty ? 0 : 64))
                buckets.removeAll(keepingCapacity: true)
                for (index, bound) in bounds.enumerated() {
                    let count = counts[index * steps + step]
                    if !count.isAbsent { buckets.append(Bucket(upperBound: bound, count: count)) }
                }
                let histogram = native.isEmpty ? nil : native.histogram(at: step)
                result[step] = buckets.isEmpty && histogram == nil ? .absent : value(&buckets, histogram, step)
            }
        }

        /// Writes into `result` what `value` gives for native histograms.
        func computeStray(
            _ points: HistogramPoints, _ value: (_ native: Histogram, _ step: Int) -> Double
        ) throws(QueryError) {
            result.clear()
            var pace = QueryPace(query)
            for (step, histogram) in zip(points.steps, points.values) {
                try pace.step(64)
                result[step] = value(histogram, step)
            }
        }
    }

    /// Puts bucket series together that differ in `le` alone, and native histograms to those whose labels they have.
    private func bucketGroups(_ rows: any RowSource) throws(QueryError) -> [BucketGroup] {
        var numbers: [Labels: Int] = [:], groups: [BucketGroup] = [], pace = QueryPace(query)
        func number(of labels: Labels) throws(QueryError) -> Int {
            if let number = numbers[labels] { return number }
            // They stay counted until the query ends: these are the labels of the result.
            try query.reserve(bytes: labels.stringForm.count + 2 * SeriesIdentity.baseByteCount)
            numbers[labels] = groups.count
            groups.append(BucketGroup(labels: labels))
            return groups.count - 1
        }
        for position in 0..<rows.count {
            let labels = try rows.series(at: position).labels
            try pace.step(32 + labels.stringForm.count / 8)
            try query.reserve(bytes: 16)
            if let bound = Self.bound(labels["le"] ?? "") {
                groups[try number(of: labels.removing(["le"]))].members.append((bound, position))
            } else {
                groups[try number(of: labels)].native = position
            }
        }
        for number in groups.indices {
            try pace.step(4 + groups[number].members.count)
            groups[number].members = try groups[number].members.sorted(in: query) { $0.bound < $1.bound }
        }
        return groups
    }

    /// The number that a label `le` holds; nil if it is not a number, or one that a double cannot hold.
    private static func bound(_ text: String) -> Double? {
        guard let value = Double(text), !text.contains("(") else { return nil }
        if value.isInfinite, text.contains(where: \.isNumber) { return nil }
        return value
    }

    private func warnOfBucketLabel(_ labels: Labels, at place: Int) {
        let text = labels["le"] ?? ""
        let name = query.options.delayedNameRemoval ? labels.metricName ?? "" : ""
        query.annotations.add(
            .warning,
            "bucket label \"le\" is missing or has a malformed value of \(goQuoted(text))"
                + (name.isEmpty ? "" : " for metric name \(goQuoted(name))"), at: place)
    }
}
