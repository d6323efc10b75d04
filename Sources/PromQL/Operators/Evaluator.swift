internal import KTSDBModel

/// Walks a plan and builds what gives its value: rows for vectors, one row for a scalar, columns for range vectors.
struct Evaluator {
    let query: RunningQuery
    /// How often a sample that a step looks at counts: 1; for each step of the query where a part is evaluated once for
    /// all; 0 in a subquery, whose points count when the function around it looks at them. As in Prometheus' statistics.
    var weight = 1

    /// What a plan evaluated to.
    enum Outcome {
        case scalar(ScalarRow)
        case string(String)
        case vector(any RowSource)
        /// Range vectors: for each series the samples of one window.
        case window(any ColumnSource, WindowTimes, WindowEnds)
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
            return .window(try columns(window, on: grid), times, window.ends)
        }
    }

    /// A row alone must be within the limit, before any is made.
    private func check(_ grid: StepGrid) throws(QueryError) {
        try query.check()
        guard grid.count <= query.sampleLimit else {
            throw .tooManySamples(limit: query.sampleLimit, needed: grid.count)
        }
    }

    /// What evaluates a part that is the same at all steps of `grid`.
    private func once(for grid: StepGrid) -> Evaluator { Evaluator(query: query, weight: weight * grid.count) }

    // MARK: Strings and scalars

    func string(_ node: PlanNode) -> String {
        guard case .string(let text) = node.kind else { preconditionFailure("The parser lets only literals be strings.") }
        return text
    }

    func scalar(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        try query.check()
        switch node.kind {
        case .number(let value): return .constant(value)
        case .invariant(let inner): return try invariantScalar(inner, on: grid)
        case .negation(let inner): return try scalar(inner, on: grid).map(count: grid.count) { -$0 }
        case .binary(let plan):
            let left = try scalar(plan.left, on: grid), right = try scalar(plan.right, on: grid)
            if case .constant(let a) = left, case .constant(let b) = right {
                return .constant(plan.operation.scalarValue(a, b))
            }
            return try steps(grid) { plan.operation.scalarValue(left[$0], right[$0]) }
        case .call(let call): return try scalarCall(call, on: grid)
        case .string, .selector, .window, .aggregation: preconditionFailure("The parser lets no vector be a scalar.")
        }
    }

    private func invariantScalar(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        guard grid.count > 0 else { return .steps([]) }
        return .constant(try once(for: grid).scalar(node, on: grid.firstStep)[0])
    }

    private func scalarCall(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        switch call.function {
        case .pi: return .constant(.pi)
        case .time: return try steps(grid) { Double(grid.time($0)) / 1000 }
        case .scalar: return try singleValues(try vector(call.arguments[0], on: grid))
        case .maxOf, .minOf:
            let left = try scalar(call.arguments[0], on: grid), right = try scalar(call.arguments[1], on: grid)
            let pick = if case .maxOf = call.function { goMaximum } else { goMinimum }
            return try steps(grid) { pick(left[$0], right[$0]) }
        default: preconditionFailure("\(call.name) gives no scalar.")
        }
    }

    /// A number for each step. They stay counted until the query ends: scalars are few.
    private func steps(_ grid: StepGrid, _ value: (Int) -> Double) throws(QueryError) -> ScalarRow {
        try query.reserve(grid.count)
        return .steps((0..<grid.count).map(value))
    }

    /// `scalar(v)`: at each step the value of the only point, NaN if there is none or more than one.
    private func singleValues(_ rows: any RowSource) throws(QueryError) -> ScalarRow {
        try query.reserve(2 * rows.grid.count)
        var values = [Double](repeating: .nan, count: rows.grid.count)
        var points = [Int](repeating: 0, count: rows.grid.count)
        try forEachRow(of: rows) { _, row in
            for step in values.indices where !row[step].isAbsent {
                points[step] += 1
                values[step] = points[step] == 1 ? row[step] : .nan
            }
        }
        return .steps(values)
    }

    // MARK: Vectors

    func vector(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> any RowSource {
        try query.check()
        guard grid.count > 0 else { return MatrixRows(grid: grid) }
        switch node.kind {
        case .invariant(let inner):
            guard grid.count > 1 else { return try vector(inner, on: grid) }
            return BroadcastRows(try materialized(try once(for: grid).vector(inner, on: grid.firstStep)), over: grid)
        case .selector(let plan): return try SelectorRows(plan, on: grid, query: query, weight: weight)
        case .negation(let inner):
            let rows = MappedRows(try vector(inner, on: grid)) { row in ElementFunction.map(&row) { -$0 } }
            return try withoutName(rows)
        case .binary(let plan): return try binary(plan, at: node.place, on: grid)
        case .aggregation(let plan): return try aggregation(plan, on: grid)
        case .call(let call): return try vectorCall(call, at: node.place, on: grid)
        case .number, .string, .window: preconditionFailure("The parser lets no scalar be a vector.")
        }
    }

    private func vectorCall(_ call: CallPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        switch call.function {
        case .overWindow(let function): return try overWindow(function, call, on: grid)
        case .element(let function):
            let parameters = try scalars(call.arguments.dropFirst(), on: grid)
            let rows = MappedRows(try vector(call.arguments[0], on: grid)) { function.apply(parameters, to: &$0) }
            return try withoutName(rows)
        case .calendar(let function): return try calendar(function, call, on: grid)
        case .vector: return try literalRow(try scalar(call.arguments[0], on: grid), Labels(), on: grid)
        case .timestamp: return try timestamp(call, on: grid)
        case .absent: return try absent(call.arguments[0], on: grid)
        case .absentOverTime: return try absentOverTime(call.arguments[0], on: grid)
        case .sort, .sortByLabel: return try sorted(call, at: place, on: grid)
        case .labelReplace: return try labelReplace(call, on: grid)
        case .labelJoin: return try labelJoin(call, on: grid)
        case .info: return try info(call, on: grid)
        case .histogramQuantile: return try histogramQuantile(call, on: grid)
        case .histogramQuantiles: return try histogramQuantiles(call, on: grid)
        case .histogramFraction: return try histogramFraction(call, on: grid)
        case .nativeHistogramOnly:
            // The argument is evaluated for its errors and annotations.
            try forEachRow(of: try vector(call.arguments[0], on: grid)) { _, _ in }
            return MatrixRows(grid: grid)
        case .scalar, .time, .pi, .maxOf, .minOf: preconditionFailure("\(call.name) gives no vector.")
        }
    }

    private func calendar(_ function: CalendarFunction, _ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        guard let argument = call.arguments.first else {
            let values = (0..<grid.count).map { function.value(Double(grid.time($0) / 1000)) }
            return try literalRow(.steps(values), Labels(), on: grid)
        }
        let rows = MappedRows(try vector(argument, on: grid)) { row in ElementFunction.map(&row) { function.value($0) } }
        return try withoutName(rows)
    }

    /// `timestamp(x)`: the sample's own time for a plain selector, the step's time for all else.
    private func timestamp(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        if case .selector(var plan) = call.arguments[0].kind {
            // Prometheus takes no notice of an offset beside an `@` here.
            if plan.at != nil { plan.offset = 0 }
            return try withoutName(try SelectorRows(plan, on: grid, query: query, weight: weight, givesTime: true))
        }
        let rows = MappedRows(try vector(call.arguments[0], on: grid)) { row in
            for step in row.indices where !row[step].isAbsent { row[step] = Double(grid.time(step)) / 1000 }
        }
        return try withoutName(rows)
    }

    func scalars(_ nodes: some Sequence<PlanNode>, on grid: StepGrid) throws(QueryError) -> [ScalarRow] {
        var rows: [ScalarRow] = []
        for node in nodes { rows.append(try scalar(node, on: grid)) }
        return rows
    }

    // MARK: Windows

    /// The samples that the windows of `plan` slide over.
    func columns(_ plan: WindowPlan, on grid: StepGrid) throws(QueryError) -> any ColumnSource {
        switch plan.content {
        case .selector(let selector):
            let windows = WindowTimes(on: grid, offset: selector.offset, at: selector.at, width: plan.width)
            let widened = ExtendedWindows.widened(windows, plan.ends, by: query.lookback)
            return try SelectedColumns(selector, widened.selection, query: query)
        case .subquery(let inner, let step, let offset, let at):
            let step = step ?? query.defaultSubqueryStep
            let own = try StepGrid(ofSubqueryIn: grid, width: plan.width, offset: offset, at: at, step: step)
            try check(own)
            return SubqueryColumns(try Evaluator(query: query, weight: 0).vector(inner, on: own), query: query)
        }
    }

    private func overWindow(_ function: WindowFunction, _ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        guard let position = call.arguments.firstIndex(where: { $0.type == .matrix }),
            case .window(let plan) = call.arguments[position].kind
        else { preconditionFailure("The parser asks for a range vector here.") }
        var others = call.arguments
        others.remove(at: position)
        let parameters = try scalars(others, on: grid)
        try ExtendedWindows.check(plan.ends, in: call.name)
        let columns = try columns(plan, on: grid)
        checkParameters(of: function, parameters, others)
        try checkSmoothing(of: function, parameters, columns, on: grid)
        let (identities, mayCollide) =
            function.keepsName ? (columns.identities, false) : withoutNames(columns.identities, columns.hasOneName)
        let rows = WindowRows(function, plan, parameters, over: columns, identities: identities, on: grid, query: query, weight: weight)
        guard mayCollide else { return rows }
        return try DistinctLabels.joined(rows, identities, mayJoin: false, query: query)
    }

    /// Warns of a quantile outside 0...1, for each value that comes up.
    private func checkParameters(of function: WindowFunction, _ parameters: [ScalarRow], _ nodes: [PlanNode]) {
        guard function == .quantile else { return }
        for value in parameters[0].distinct(count: 1) { warnOfQuantile(value, at: nodes[0].place) }
    }

    private func checkSmoothing(
        of function: WindowFunction, _ parameters: [ScalarRow], _ columns: any ColumnSource, on grid: StepGrid
    ) throws(QueryError) {
        guard function == .doubleExponentialSmoothing, columns.count > 0 else { return }
        for (parameter, name) in zip(parameters, ["smoothing", "trend"]) {
            for value in parameter.distinct(count: grid.count) where value <= 0 || value >= 1 {
                let symbol = name == "trend" ? "tf" : "sf"
                throw .execution("invalid \(name) factor. Expected: 0 < \(symbol) < 1, got: \(goFixed(value))")
            }
        }
    }

    func warnOfQuantile(_ value: Double, at place: Int) {
        guard value.isNaN || value < 0 || value > 1 else { return }
        query.annotations.add(.warning, "quantile value should be between 0 and 1, got \(goFormat(value))", at: place)
    }

    // MARK: Rows

    /// Series without the metric's name, for an operation that gives another quantity.
    /// - Returns: whether two of them may have become equal.
    func withoutNames(_ identities: [SeriesIdentity], _ haveOneName: Bool) -> ([SeriesIdentity], mayCollide: Bool) {
        if query.options.delayedNameRemoval {
            return (identities.map { SeriesIdentity(labels: $0.labels, dropsName: true) }, false)
        }
        var changed = false, onlyNames = true
        let stripped = identities.map { identity in
            let (labels, droppedOnlyName) = identity.labels.withoutMetricIdentity()
            changed = changed || labels.stringForm.count != identity.labels.stringForm.count
            onlyNames = onlyNames && droppedOnlyName
            return SeriesIdentity(labels: labels, dropsName: identity.dropsName)
        }
        return (stripped, changed && !(haveOneName && onlyNames))
    }

    /// `rows` without the metric's name.
    func withoutName(_ rows: any RowSource) throws(QueryError) -> any RowSource {
        let (identities, mayCollide) = withoutNames(rows.identities, rows.hasOneName)
        guard mayCollide else { return MappedRows(rows, identities: identities) }
        return try DistinctLabels.joined(rows, identities, query: query)
    }

    /// One series with a point at each step.
    func literalRow(_ values: ScalarRow, _ labels: Labels, on grid: StepGrid) throws(QueryError) -> any RowSource {
        var row = Row(capacity: grid.count), part = MatrixPart(query)
        for step in 0..<grid.count { row.append(point(values[step])) }
        try part.append(row, SeriesIdentity(labels: labels, dropsName: false))
        return MatrixRows(grid: grid, parts: [part])
    }

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
                try part.append(worker.row, rows.series(at: position))
            }
            return part
        } take: { parts.append($0) }
        return MatrixRows(grid: rows.grid, parts: parts)
    }

    /// Reads all rows one after the other; those without points are left out.
    func forEachRow(
        of rows: any RowSource, _ body: (_ position: Int, _ row: borrowing Row) throws(QueryError) -> Void
    ) throws(QueryError) {
        let worker = RowWorker(rows, query)
        for position in 0..<rows.count where try worker.read(position) {
            if position % 1024 == 1023 { try query.check() }
            try body(position, worker.row)
        }
    }
}

/// What one thread reads rows with.
final class RowWorker {
    private let reader: any RowReader
    private let steps: Int
    private let reservation: SampleReservation
    /// The row read last.
    private(set) var row = Row()

    init(_ rows: any RowSource, _ query: RunningQuery) {
        reader = rows.makeReader()
        steps = rows.grid.count
        reservation = SampleReservation(query)
    }

    /// Reads the row of the series at `position`.
    /// - Returns: false if it surely has no point.
    func read(_ position: Int) throws(QueryError) -> Bool {
        if row.isEmpty {
            try reservation.grow(by: steps)
            row.appendAbsent(steps)
        }
        return try reader.read(position, into: &row)
    }

    /// Appends the row read last.
    func append(to column: inout Column<Double>) { Self.append(row, to: &column) }

    private static func append(_ row: borrowing Row, to column: inout Column<Double>) { column.append(row.span) }
}

extension ColumnSource {
    /// All series, in order.
    var identities: [SeriesIdentity] { (0..<count).map { series(at: $0) } }
}
