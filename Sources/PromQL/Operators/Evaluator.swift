internal import KTSDBModel

/// Walks a plan and builds what gives its value: rows for vectors, one row for a scalar, columns for range vectors.
struct Evaluator {
    let query: QueryContext
    /// Where the samples count that are looked at.
    let tally: SampleTally
    /// Whether what reads the next vector takes no notice of metric names. Then a function that takes them away may
    /// leave them, and needs no second copy of all labels.
    var ignoresNames = false

    /// What a plan evaluated to.
    enum Outcome {
        case scalar(ScalarRow)
        case string(String)
        case vector(any RowSource)
        /// Range vectors: for each series the samples of one window.
        ///
        /// The samples are still to be counted where there is something to count them.
        case window(any ColumnSource, WindowTimes, WindowEnds, SampleTally?)
    }

    /// Evaluates a whole plan, which becomes whole only when the outcome is read.
    func run(_ plan: PlanNode, on grid: StepGrid) throws(QueryError) -> Outcome {
        try check(grid)
        switch plan.type {
        case .scalar: return .scalar(try scalar(plan, on: grid))
        case .string: return .string(string(plan))
        case .vector: return .vector(try vector(plan, on: grid))
        case .matrix:
            guard case .window(let window) = plan.kind else { preconditionFailure("A range vector is a selector.") }
            let times = WindowTimes(on: grid, offset: window.offset, at: window.at, width: window.width)
            let isSubquery = if case .subquery = window.content { true } else { false }
            let columns = try columns(window, on: grid, areResult: true)
            return .window(columns, times, window.ends, isSubquery ? nil : tally)
        }
    }

    /// A row alone must be within the limit, before any is made.
    func check(_ grid: StepGrid) throws(QueryError) {
        try query.check()
        guard grid.count <= query.sampleLimit else {
            throw .tooManySamples(limit: query.sampleLimit, needed: grid.count)
        }
    }

    /// What evaluates a part that is the same at all steps of `grid`.
    func once() -> Evaluator { Evaluator(query: query, tally: tally.once()) }

    /// What evaluates parts whose names matter.
    var mindingNames: Evaluator { Evaluator(query: query, tally: tally) }

    // MARK: Strings and scalars

    func string(_ node: PlanNode) -> String { literal(node).value }

    func literal(_ node: PlanNode) -> StringLiteral {
        guard case .string(let literal) = node.kind else {
            preconditionFailure("The parser lets only literals be strings.")
        }
        return literal
    }

    func scalar(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        guard let profile = query.profile else { return try row(of: node, on: grid) }
        return try profile.measure(node.id, in: query) { () throws(QueryError) -> ScalarRow in
            try row(of: node, on: grid)
        }
    }

    private func row(of node: PlanNode, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        try query.check()
        switch node.kind {
        case .number(let value): return .constant(value)
        case .invariant(let inner): return try invariantScalar(inner, on: grid)
        case .negation(let inner): return try scalar(inner, on: grid).map(count: grid.count) { -$0 }
        case .chain(let plan): return try scalarChain(plan, on: grid)
        case .call(let call): return try scalarCall(call, on: grid)
        case .string, .selector, .window, .aggregation: preconditionFailure("The parser lets no vector be a scalar.")
        }
    }

    private func invariantScalar(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        guard grid.count > 0 else { return .steps([]) }
        return .constant(try once().scalar(node, on: grid.firstStep)[0])
    }

    private func scalarCall(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        guard case .scalar(let function) = call.function.evaluation else {
            preconditionFailure("\(call.function.name) returns no scalar.")
        }
        switch function {
        case .pi: return .constant(.pi)
        case .time: return try steps(grid) { Double(grid.time($0)) / 1000 }
        case .scalar: return try singleValues(try vector(call.arguments[0], on: grid))
        case .maximum, .minimum:
            let left = try scalar(call.arguments[0], on: grid), right = try scalar(call.arguments[1], on: grid)
            let pick = function == .maximum ? goMaximum : goMinimum
            return try steps(grid) { pick(left[$0], right[$0]) }
        }
    }

    /// A number for each step. They stay counted until the query ends: scalars are few.
    func steps(_ grid: StepGrid, _ value: (Int) -> Double) throws(QueryError) -> ScalarRow {
        try query.reserve(grid.count)
        var values: [Double] = [], pace = QueryPace(query)
        values.reserveCapacity(grid.count)
        for step in 0..<grid.count {
            try pace.step()
            values.append(value(step))
        }
        return .steps(values)
    }

    /// `scalar(v)`: at each step the value of the only point, NaN if there are none or several.
    private func singleValues(_ rows: any RowSource) throws(QueryError) -> ScalarRow {
        try query.reserve(2 * rows.grid.count)
        var values = [Double](repeating: .nan, count: rows.grid.count)
        var points = [Int](repeating: 0, count: rows.grid.count)
        try forEachRow(of: rows) { _, row in
            for step in values.indices where !row[step].isAbsent && !row[step].isHistogramMark {
                points[step] += 1
                values[step] = points[step] == 1 ? row[step] : .nan
            }
        }
        return .steps(values)
    }

    // MARK: Rows

    /// Series without the metric's name, for an operation that gives another quantity.
    /// - Returns: whether two of them may have become equal.
    func withoutNames(
        _ identities: [SeriesIdentity], _ haveOneName: Bool, keepsTypeAndUnit: Bool = false
    ) throws(QueryError) -> ([SeriesIdentity], mayCollide: Bool) {
        if query.options.delayedNameRemoval {
            return (identities.map { SeriesIdentity(labels: $0.labels, dropsName: true) }, false)
        }
        if ignoresNames, haveOneName, !identities.contains(where: \.labels.haveTypeOrUnit) {
            return (identities, false)
        }
        // After another operator they have mostly been removed.
        guard identities.contains(where: \.labels.haveMetricIdentity) else { return (identities, false) }
        var changed = false, onlyNames = true, pace = QueryPace(query)
        let stripped = try identities.map { identity throws(QueryError) in
            // They stay counted until the query ends, as they mostly do.
            let byteCount = identity.labels.stringForm.count
            try query.reserve(bytes: byteCount + SeriesIdentity.baseByteCount)
            try pace.step(16 + byteCount / 16)
            let (labels, droppedOnlyName) =
                keepsTypeAndUnit
                ? (identity.labels.removing(["__name__"]), true) : identity.labels.withoutMetricIdentity()
            changed = changed || labels.stringForm.count != identity.labels.stringForm.count
            onlyNames = onlyNames && droppedOnlyName
            return SeriesIdentity(labels: labels, dropsName: identity.dropsName)
        }
        return (stripped, changed && !(haveOneName && onlyNames))
    }

    /// `rows` without the metric's name.
    func withoutName(_ rows: any RowSource, keepsTypeAndUnit: Bool = false) throws(QueryError) -> any RowSource {
        let all = try rows.identities
        let (identities, mayCollide) = try withoutNames(all, rows.hasOneName, keepsTypeAndUnit: keepsTypeAndUnit)
        guard mayCollide else {
            let isSame = !query.options.delayedNameRemoval && !all.contains(where: \.labels.haveMetricIdentity)
            return isSame ? rows : MappedRows(rows, identities: identities)
        }
        return try DistinctLabels.joined(rows, identities, query: query)
    }

    /// One series with a point at each step.
    func literalRow(_ values: ScalarRow, _ labels: Labels, on grid: StepGrid) throws(QueryError) -> any RowSource {
        var row = Row(capacity: grid.count), part = MatrixPart(query)
        for step in 0..<grid.count { row.append(point(values[step])) }
        try part.append(row, SeriesIdentity(labels: labels, dropsName: false))
        return MatrixRows(grid: grid, parts: [part])
    }

    /// `rows`, in memory if so much is stacked up that is computed when they are read that reading them would take too
    /// much of a stack.
    func bounded(_ rows: any RowSource) throws(QueryError) -> any RowSource {
        rows.depth > Self.deepestRows ? try materialized(rows) : rows
    }

    /// Sources that read one another, each with some hundred bytes of the reading thread's stack.
    private static let deepestRows = 32

    /// All rows of `rows` in memory, read by several threads if there are many.
    func materialized(_ rows: any RowSource) throws(QueryError) -> MatrixRows {
        if let matrix = rows as? MatrixRows { return matrix }
        var parts: [MatrixPart] = []
        let query = query
        try SeriesRanges.forEach(of: rows.count, steps: rows.grid.count, query: query) {
            RowWorker(rows, query)
        } work: { worker, range throws(QueryError) in
            var part = MatrixPart(query)
            for position in range where try worker.read(position) {
                try part.append(worker.row, try rows.series(at: position))
            }
            return part
        } take: {
            parts.append($0)
        }
        return MatrixRows(grid: rows.grid, parts: parts)
    }

    /// The points of all series at the only step of the grid.
    func points(of rows: any RowSource) throws(QueryError) -> (values: [Double], histograms: HistogramPoints) {
        let query = query
        try query.reserve(bytes: 8 * rows.count)
        var values: [Double] = [], histograms = HistogramPoints()
        values.reserveCapacity(rows.count)
        try SeriesRanges.forEach(of: rows.count, steps: 1, query: query) {
            RowWorker(rows, query)
        } work: { worker, range throws(QueryError) -> (values: [Double], histograms: HistogramPoints) in
            var values = [Double](), histograms = HistogramPoints()
            if worker.readsSteps {
                try worker.readStep(of: range)
                for index in 0..<range.count { values.append(worker.row[index]) }
                return (values, worker.row.presentHistograms)
            }
            for position in range {
                guard try worker.read(position) else {
                    values.append(.absent)
                    continue
                }
                values.append(worker.row[0])
                if let histogram = worker.row.histogram(at: 0) {
                    histograms.append(histogram, at: position - range.lowerBound)
                }
            }
            return (values, histograms)
        } take: { part throws(QueryError) in
            for (index, histogram) in zip(part.histograms.steps, part.histograms.values) {
                histograms.append(histogram, at: values.count + index)
            }
            values += part.values
        }
        return (values, histograms)
    }

    /// Reads all rows one after the other; those without points are left out.
    func forEachRow(
        of rows: any RowSource, _ body: (_ position: Int, _ row: borrowing Row) throws(QueryError) -> Void
    ) throws(QueryError) {
        let worker = RowWorker(rows, query)
        for position in 0..<rows.count where try worker.read(position) {
            try body(position, worker.row)
        }
    }
}
