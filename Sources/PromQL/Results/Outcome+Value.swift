internal import KTSDBModel

extension Evaluator.Outcome {
    /// The answer as the API gives it: names taken away where that was postponed, series in order, sizes within the limit.
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
        on grid: StepGrid, isRange: Bool, keepsOrder: Bool, query: RunningQuery
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
            let elements = Self.elements(matrix, at: time)
            if keepsOrder { return .vector(elements) }
            return .vector(LabelOrder.positions(of: elements.map(\.labels)).map { elements[$0] })
        case .window(let columns, let times, let ends): return .matrix(try Self.windows(columns, times, ends, query))
        }
    }

    /// Takes the metric's name away from the series that say so.
    private static func withFinalNames(_ rows: any RowSource, _ query: RunningQuery) throws(QueryError) -> MatrixRows {
        let evaluator = Evaluator(query: query)
        guard query.options.delayedNameRemoval else { return try evaluator.materialized(rows) }
        let matrix = try evaluator.materialized(rows)
        let identities = matrix.identities.map { series in
            guard series.dropsName else { return series }
            return SeriesIdentity(labels: series.labels.withoutMetricIdentity().labels, dropsName: false)
        }
        return try evaluator.materialized(try DistinctLabels.joined(matrix, identities, query: query))
    }

    private static func elements(_ matrix: MatrixRows, at time: Timestamp) -> [VectorElement] {
        (0..<matrix.count).map { position in
            VectorElement(
                labels: matrix.series(at: position).labels, timestamp: time,
                value: matrix.points(at: position).values.first!)
        }
    }

    private static func series(_ matrix: MatrixRows, _ query: RunningQuery) throws(QueryError) -> [MatrixSeries] {
        let grid = matrix.grid
        let allTimes = (0..<grid.count).map { Timestamp(milliseconds: grid.time($0)) }
        let reservation = SampleReservation(query)
        var result: [MatrixSeries] = []
        result.reserveCapacity(matrix.count)
        for position in LabelOrder.positions(of: matrix.identities.map(\.labels)) {
            if result.count % 1024 == 1023 { try query.check() }
            let (first, points) = matrix.points(at: position)
            try reservation.grow(by: points.count)
            var times: [Timestamp] = [], values: [Double] = []
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

    /// The samples of a range vector in an instant query.
    private static func windows(
        _ columns: any ColumnSource, _ times: WindowTimes, _ ends: WindowEnds, _ query: RunningQuery
    ) throws(QueryError) -> [MatrixSeries] {
        let reader = columns.makeReader()
        let reservation = SampleReservation(query)
        var result: [MatrixSeries] = [], samples = SampleColumns()
        for position in 0..<columns.count {
            try reader.read(position, into: &samples)
            ExtendedWindows.cut(&samples, to: times, ends)
            guard !samples.times.isEmpty else { continue }
            try reservation.grow(by: 2 * samples.times.count)
            query.count(queryable: samples.times.count, read: samples.times.count)
            var times: [Timestamp] = [], values: [Double] = []
            for index in 0..<samples.times.count {
                times.append(Timestamp(milliseconds: samples.times[index]))
                values.append(samples.values[index])
            }
            let series = columns.series(at: position)
            let labels = series.dropsName ? series.labels.withoutMetricIdentity().labels : series.labels
            result.append(MatrixSeries(labels: labels, timestamps: times, values: values))
        }
        let sorted = LabelOrder.positions(of: result.map(\.labels)).map { result[$0] }
        for (a, b) in zip(sorted, sorted.dropFirst()) where a.labels == b.labels { throw DistinctLabels.failure }
        return sorted
    }
}
