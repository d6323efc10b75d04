internal import KTSDBModel

extension Evaluator {
    func vector(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> any RowSource {
        guard let profile = query.profile else { return try bounded(try rows(of: node, on: grid)) }
        let rows = try profile.measure(node.id, in: query) { () throws(QueryError) -> any RowSource in
            try self.bounded(try self.rows(of: node, on: grid))
        }
        return metered(rows, node.id)
    }

    private func rows(of node: PlanNode, on grid: StepGrid) throws(QueryError) -> any RowSource {
        try query.check()
        if ignoresNames, !node.takesNamesAway { return try mindingNames.rows(of: node, on: grid) }
        guard grid.count > 0 else {
            try evaluateInvariants(of: node, on: grid)
            return MatrixRows(grid: grid)
        }
        switch node.kind {
        case .invariant(let inner):
            guard grid.count > 1 else { return try vector(inner, on: grid.firstStep) }
            return BroadcastRows(
                try materialized(try once().vector(inner, on: grid.firstStep)), over: grid)
        case .selector(let plan):
            let rows = try SelectorRows(plan, at: node.ownPlace, on: grid, query: query, tally: tally)
            if let interval = rows.rollupInterval { query.profile?.change(node.id) { $0.rollupInterval = interval } }
            return rows
        case .negation(let inner):
            let rows = MappedRows(
                try vector(inner, on: grid),
                changingRows: { row in
                    let histograms = row.takeHistograms()
                    var steps = row.mutableSpan
                    ElementWiseFunction.map(&steps) { -$0 }
                    row.put(histograms.map { $0.multiplied(by: -1) })
                })
            return try withoutName(rows)
        case .chain(let plan): return try chain(node, plan, on: grid)
        case .aggregation(let plan): return try aggregation(plan, at: node.ownPlace, on: grid)
        case .call(let call): return try vectorCall(call, at: node.ownPlace, on: grid)
        case .number, .string, .window: preconditionFailure("The parser lets no scalar be a vector.")
        }
    }

    /// Evaluates what is the same at each step of a grid that has no steps, for its errors alone, as Prometheus does:
    /// it is then evaluated at the time at which the first step would be.
    private func evaluateInvariants(of node: PlanNode, on grid: StepGrid) throws(QueryError) {
        switch node.kind {
        case .window: return
        case .invariant(let inner):
            let evaluator = once()
            let step = StepGrid(start: grid.start, step: grid.step, count: 1, isInstant: true)
            if inner.type == .scalar {
                _ = try evaluator.scalar(inner, on: step)
            } else {
                _ = try evaluator.materialized(try evaluator.vector(inner, on: step))
            }
        default: for child in node.children { try evaluateInvariants(of: child, on: grid) }
        }
    }

    private func vectorCall(_ call: CallPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        guard case .vector(let function) = call.function.evaluation else {
            preconditionFailure("\(call.function.name) returns no vector.")
        }
        switch function {
        case .overWindow(let function): return try overWindow(function, call, on: grid)
        case .elementWise(let function):
            let parameters = try scalars(call.arguments.dropFirst(), on: grid)
            let rows = MappedRows(try vector(call.arguments[0], on: grid), query: query) {
                function.apply(parameters, from: $1, to: &$0)
            }
            return try withoutName(rows)
        case .calendar(let function): return try calendar(function, call, on: grid)
        case .vector: return try literalRow(try scalar(call.arguments[0], on: grid), Labels(), on: grid)
        case .timestamp: return try timestamp(call, on: grid)
        case .absent: return try absent(call.arguments[0], on: grid)
        case .absentOverTime: return try absentOverTime(call, on: grid)
        case .sort(let descending): return try sorted(call, descending: descending, at: place, on: grid)
        case .sortByLabel(let descending):
            return try sortedByLabel(call, descending: descending, at: place, on: grid)
        case .labelReplace: return try labelReplace(call, on: grid)
        case .labelJoin: return try labelJoin(call, on: grid)
        case .info: return try info(call, on: grid)
        case .histogramQuantile: return try histogramQuantile(call, on: grid)
        case .histogramQuantiles: return try histogramQuantiles(call, on: grid)
        case .histogramFraction: return try histogramFraction(call, on: grid)
        case .histogram(let function): return try histogramElement(function, call, on: grid)
        case .startTimestamp: return try startTimestamp(call, on: grid)
        }
    }

    private func calendar(
        _ function: CalendarFunction, _ call: CallPlan, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        guard let argument = call.arguments.first else {
            let values = try steps(grid) { function.value(Double(grid.time($0) / 1000)) }
            return try literalRow(values, Labels(), on: grid)
        }
        let rows = MappedRows(try vector(argument, on: grid), query: query) { row, _ in
            ElementWiseFunction.map(&row) { function.value($0) }
        }
        return try withoutName(rows)
    }

    /// `timestamp(x)`: the sample's own time for a plain selector, the step's time for all else.
    private func timestamp(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        if case .selector(let plan) = call.arguments[0].kind, !call.arguments[0].hasPlus {
            return try withoutName(try times(of: plan, at: call.arguments[0].place, .time, on: grid))
        }
        let rows = MappedRows(
            try vector(call.arguments[0], on: grid),
            changingRows: { row in
                for step in 0..<row.count where !row[step].isAbsent { row[step] = Double(grid.time(step)) / 1000 }
                row.dropHistograms()
            })
        return try withoutName(rows)
    }

    /// `start_timestamp(x)`: when the counting of each sample began, of a plain selector alone.
    private func startTimestamp(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        guard case .selector(let plan) = call.arguments[0].kind, !call.arguments[0].hasPlus else {
            // The argument is evaluated for its errors and annotations.
            try forEachRow(of: try vector(call.arguments[0], on: grid)) { _, _ in }
            return MatrixRows(grid: grid)
        }
        let rows = try withoutName(try times(of: plan, at: call.arguments[0].place, .startTime, on: grid))
        guard query.options.usesStartTimestamps else {
            // The samples are read anyway: they are counted, and may exceed the limit.
            try forEachRow(of: rows) { _, _ in }
            return MatrixRows(grid: grid)
        }
        return rows
    }

    /// Times of a selector's samples instead of their values; nothing is smoothed here.
    ///
    /// Beside an `@` Prometheus looks back from the pinned time as if there were no offset, at those samples that the
    /// selector with its offset would look at: what lies in both windows counts.
    private func times(
        of plan: SelectorPlan, at place: Int, _ content: SelectorRows.Content, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        var plan = plan, lookback = query.lookback
        plan.ends = .plain
        if plan.at != nil {
            guard plan.offset.magnitude < lookback.magnitude else { return MatrixRows(grid: grid) }
            lookback -= abs(plan.offset)
            plan.offset = max(plan.offset, 0)
        }
        return try SelectorRows(
            plan, at: place, on: grid, query: query, tally: tally, content: content, lookback: lookback)
    }

    /// `histogram_sum(x)` and its relatives; floats are dropped.
    private func histogramElement(
        _ function: HistogramFunction, _ call: CallPlan, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        let rows = MappedRows(
            try vector(call.arguments[0], on: grid),
            changingRows: { row in
                let histograms = row.takeHistograms()
                var steps = row.mutableSpan
                steps.clear(0..<steps.count)
                for (step, histogram) in zip(histograms.steps, histograms.values) {
                    steps[step] = point(function.value(histogram))
                }
            })
        return try withoutName(rows, keepsTypeAndUnit: true)
    }

    func scalars(_ nodes: some Sequence<PlanNode>, on grid: StepGrid) throws(QueryError) -> [ScalarRow] {
        var rows: [ScalarRow] = []
        for node in nodes { rows.append(try scalar(node, on: grid)) }
        return rows
    }
}

extension PlanNode {
    /// Whether it is a function over a range vector that gives another quantity.
    var takesNamesAway: Bool {
        if case .call(let call) = kind, case .vector(.overWindow) = call.function.evaluation {
            !call.function.keepsName
        } else {
            false
        }
    }
}
