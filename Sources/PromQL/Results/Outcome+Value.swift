internal import KTSDBModel

extension Evaluator.Outcome {
    /// The answer as the API gives it: names taken away where that was postponed, series in order, sizes within the
    /// limit.
    ///
    /// - Parameters:
    ///   - grid: The steps of the evaluation.
    ///   - isRange: Whether a range was asked for; else the one step.
    ///   - keepsOrder: Whether the expression itself orders an instant vector, as `sort` and `topk` do; else its series
    ///     come by their labels, as a matrix' do.
    ///   - query: The query, whose limits hold and which collects annotations.
    /// - Returns: The answer's value.
    /// - Throws: When the query was cancelled, exceeds a limit, or two series have the same labels in the end.
    func value(
        on grid: StepGrid, isRange: Bool, keepsOrder: Bool, query: QueryContext
    ) throws(QueryError) -> QueryValue {
        let time = Timestamp(milliseconds: grid.start)
        switch self {
        case .string(let text): return .string(text, at: time)
        case .scalar(let row):
            guard isRange else { return .scalar(Sample(timestamp: time, value: row[0])) }
            let values = (0..<grid.count).map { row[$0] }
            guard !values.isEmpty else { return .matrix([]) }
            let times = (0..<grid.count).map { Timestamp(milliseconds: grid.time($0)) }
            return .matrix([MatrixSeries(labels: Labels(), timestamps: times, values: values)])
        case .vector(let rows):
            let matrix = try Self.withFinalNames(rows, query)
            if isRange { return .matrix(try Self.series(matrix, query)) }
            let elements = try Self.elements(matrix, at: time, query)
            if keepsOrder { return .vector(elements) }
            let positions = try LabelOrder.positions(of: elements.map(\.labels), query: query)
            return .vector(positions.map { elements[$0] })
        case .window(let columns, let times, let ends, let tally):
            return .matrix(try Self.windows(columns, times, ends, tally, query))
        }
    }

    /// Takes the metric's name away from the series that say so.
    private static func withFinalNames(_ rows: any RowSource, _ query: QueryContext)
        throws(QueryError) -> MatrixRows
    {
        let evaluator = Evaluator(query: query, tally: SampleTally(query, on: rows.grid))
        guard query.options.delayedNameRemoval else { return try evaluator.materialized(rows) }
        let matrix = try evaluator.materialized(rows)
        var pace = QueryPace(query)
        let identities = try matrix.identities.map { series throws(QueryError) in
            guard series.dropsName else { return series }
            try pace.step(16)
            try query.reserve(bytes: series.labels.stringForm.count + SeriesIdentity.baseByteCount)
            return SeriesIdentity(labels: series.labels.withoutMetricIdentity().labels, dropsName: false)
        }
        return try evaluator.materialized(try DistinctLabels.joined(matrix, identities, query: query))
    }

    private static func elements(
        _ matrix: MatrixRows, at time: Timestamp, _ query: QueryContext
    ) throws(QueryError) -> [VectorElement] {
        var pace = QueryPace(query)
        // They stay counted until the result goes.
        try query.reserve(bytes: matrix.count * MemoryLayout<VectorElement>.stride)
        return try (0..<matrix.count).map { position throws(QueryError) in
            try pace.step(4)
            let labels = matrix.series(at: position).labels
            let (step, values) = matrix.points(at: position)
            if let histogram = matrix.histogram(position, step) {
                return VectorElement(labels: labels, timestamp: time, histogram: histogram)
            }
            return VectorElement(labels: labels, timestamp: time, value: values.first!)
        }
    }

    private static func series(_ matrix: MatrixRows, _ query: QueryContext) throws(QueryError) -> [MatrixSeries] {
        let grid = matrix.grid
        let allTimes = (0..<grid.count).map { Timestamp(milliseconds: grid.time($0)) }
        let reservation = SampleReservation(query)
        var result: [MatrixSeries] = []
        result.reserveCapacity(matrix.count)
        var pace = QueryPace(query)
        for position in try LabelOrder.positions(of: matrix.identities.map(\.labels), query: query) {
            let (first, points) = matrix.points(at: position)
            try pace.step(16 + points.count)
            try reservation.grow(by: points.count)
            var times: [Timestamp] = [], values: [Double] = []
            let histograms = matrix.histograms(at: position)
            if !histograms.isEmpty {
                result.append(mixed(matrix.series(at: position).labels, first, points, histograms, allTimes))
                continue
            }
            if points.contains(where: \.isAbsent) {
                for (step, value) in zip(first..., points) where !value.isAbsent {
                    times.append(allTimes[step])
                    values.append(value)
                }
            } else {
                times = points.count == grid.count ? allTimes : Array(allTimes[first..<(first + points.count)])
                values = Array(points)
            }
            result.append(MatrixSeries(labels: matrix.series(at: position).labels, timestamps: times, values: values))
        }
        return result
    }

    /// A series that has histograms.
    private static func mixed(
        _ labels: Labels, _ first: Int, _ points: ArraySlice<Double>, _ histograms: HistogramPoints,
        _ allTimes: [Timestamp]
    ) -> MatrixSeries {
        var series = MatrixSeries(labels: labels, timestamps: [], values: [])
        for (step, value) in zip(first..., points) where !value.isAbsent {
            if value.isHistogramMark, let histogram = histograms.histogram(at: step) {
                series.histogramTimestamps.append(allTimes[step])
                series.histograms.append(histogram)
            } else {
                series.timestamps.append(allTimes[step])
                series.values.append(value)
            }
        }
        return series
    }

    /// The samples of a range vector in an instant query.
    private static func windows(
        _ columns: any ColumnSource, _ times: WindowTimes, _ ends: WindowEnds, _ tally: SampleTally?,
        _ query: QueryContext
    ) throws(QueryError) -> [MatrixSeries] {
        let reader = columns.makeReader()
        let reservation = SampleReservation(query)
        var result: [MatrixSeries] = [], samples = SampleColumns()
        for position in 0..<columns.count {
            try reader.read(position, into: &samples)
            guard ends == .plain || samples.histograms.isEmpty else {
                throw .execution("\(ends.rawValue) modifier is not supported with histograms")
            }
            ExtendedWindows.cut(&samples, to: times, ends)
            guard !samples.times.isEmpty else { continue }
            try reservation.grow(by: 2 * samples.times.count)
            try reservation.grow(bytes: SeriesIdentity.baseByteCount)
            let count =
                samples.times.count - samples.histograms.count
                + samples.histograms.values.reduce(0) { $0 + $1.sampleCount }
            tally?.count(queryable: count, read: count) { ([count], [count]) }
            let series = try columns.series(at: position)
            let labels = series.dropsName ? series.labels.withoutMetricIdentity().labels : series.labels
            var entry = MatrixSeries(labels: labels, timestamps: [], values: [])
            entry.histograms = samples.histograms.values
            entry.histogramTimestamps = samples.histograms.rows.map {
                Timestamp(milliseconds: samples.times[Int($0)])
            }
            let numbers =
                samples.histograms.isEmpty ? nil : HistogramNumbers(samples.histograms, rows: samples.times.count)
            for index in 0..<samples.times.count where numbers?.histogram(atRow: index) == nil {
                entry.timestamps.append(Timestamp(milliseconds: samples.times[index]))
                entry.values.append(samples.values[index])
            }
            result.append(entry)
        }
        let sorted = try LabelOrder.positions(of: result.map(\.labels), query: query).map { result[$0] }
        for (a, b) in zip(sorted, sorted.dropFirst()) where a.labels == b.labels { throw DistinctLabels.failure }
        return sorted
    }
}
