internal import KTSDBModel

extension Evaluator {
    /// The samples that the windows of `plan` slide over. `areResult`: no function is around it.
    func columns(
        _ plan: WindowPlan, on grid: StepGrid, areResult: Bool = false, rollup: RollupChoice? = nil
    ) throws(QueryError) -> any ColumnSource {
        guard let profile = query.profile else { return try samples(plan, on: grid, areResult, rollup) }
        let columns = try profile.measure(plan.id, in: query) {
            () throws(QueryError) -> any ColumnSource in
            try samples(plan, on: grid, areResult, rollup)
        }
        return MeteredColumns(columns, plan.id, profile)
    }

    private func samples(
        _ plan: WindowPlan, on grid: StepGrid, _ areResult: Bool, _ rollup: RollupChoice?
    ) throws(QueryError) -> any ColumnSource {
        switch plan.content {
        case .selector(let selector):
            let windows = WindowTimes(on: grid, offset: selector.offset, at: selector.at, width: plan.width)
            if let rollup {
                let request = rollup.request
                let columns = try SelectedColumns(selector, request.range(windows), rollup: request, query: query)
                if columns.usesRollups { query.profile?.change(plan.id) { $0.rollupInterval = request.interval } }
                if rollup.isApproximate, columns.usesRollups {
                    query.annotations.addRollups(request.interval, at: plan.place)
                }
                return columns
            }
            let widened = windows.widened(for: plan.ends, by: query.lookback)
            return try SelectedColumns(selector, widened.selection, query: query)
        case .subquery(let inner, let step, let offset, let at):
            let step = step ?? query.defaultSubqueryStep
            let own = try StepGrid(ofSubqueryIn: grid, width: plan.width, offset: offset, at: at, step: step)
            try check(own)
            let tally =
                areResult
                ? tally.result(on: own) : tally.subquery(on: own, offset: offset, width: plan.width)
            return SubqueryColumns(
                try Evaluator(query: query, tally: tally).vector(inner, on: own), query: query,
                keepsHints: areResult)
        }
    }

    func overWindow(
        _ function: WindowFunction, _ call: CallPlan, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        guard let position = call.arguments.firstIndex(where: { $0.type == .matrix }),
            case .window(let plan) = call.arguments[position].kind
        else { preconditionFailure("The parser asks for a range vector here.") }
        var others = call.arguments
        others.remove(at: position)
        let parameters = try mindingNames.scalars(others, on: grid)
        try ExtendedWindows.check(plan.ends, in: call.function)
        let windows = WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: plan.width)
        let rollup = RollupChoice.find(function, plan, windows, query.rollups, in: query.source)
        let columns = try mindingNames.columns(plan, on: grid, rollup: rollup)
        var identities: [SeriesIdentity]?, mayCollide = false
        var leavesNames = call.function.keepsName
        if !leavesNames { leavesNames = try mayLeaveNames(of: columns) }
        if !leavesNames {
            (identities, mayCollide) = try withoutNames(try columns.identities, columns.hasOneName)
        }
        // Prometheus' annotations point to the first argument, which need not be the range vector.
        var rows: any RowSource = WindowRows(
            rollup?.kernel ?? function, of: call.function, plan, parameters, over: columns, identities: identities,
            firstPlace: position == 0 ? nil : call.arguments[0].place, on: grid, query: query,
            tally: tally)
        if let rollup, let counts = rollup.counts {
            rows = try AverageRows(rows, of: columns, by: try self.counts(counts, rollup, call, plan, on: grid))
        }
        guard mayCollide, let identities else { return rows }
        return try DistinctLabels.joined(rows, identities, mayJoin: false, query: query)
    }

    /// The number of samples in each window, by rollups. The series still have their names.
    private func counts(
        _ request: RollupRequest, _ rollup: RollupChoice, _ call: CallPlan, _ plan: WindowPlan, on grid: StepGrid
    ) throws(QueryError) -> WindowRows {
        var choice = rollup
        (choice.request, choice.counts) = (request, nil)
        let columns = try mindingNames.columns(plan, on: grid, rollup: choice)
        return WindowRows(
            .sum, of: call.function, plan, [], over: columns, identities: nil, on: grid, query: query, tally: tally)
    }

    /// Whether the metric name may stay although the function gives another quantity: the aggregation around it ignores
    /// the name, and dropping it could not make two series equal. Reads no labels of series.
    private func mayLeaveNames(of columns: any ColumnSource) throws(QueryError) -> Bool {
        guard ignoresNames, columns.hasOneName, !query.options.delayedNameRemoval else { return false }
        let grouping = Grouping(isWithout: false, names: ["__type__", "__unit__"])
        return try columns.groups(by: grouping, query: query).labels.allSatisfy(\.isEmpty)
    }

    func warnOfQuantile(_ value: Double, at place: Int) { query.annotations.addInvalidQuantile(value, at: place) }
}
