internal import KTSDBModel

extension Evaluator {
    /// `absent(v)`: 1 at the steps at which `v` has no point.
    func absent(_ argument: PlanNode, on grid: StepGrid) throws(QueryError) -> any RowSource {
        var isPresent = [Bool](repeating: false, count: grid.count)
        try forEachRow(of: try vector(argument, on: grid)) { _, row in
            for step in 0..<grid.count where !row[step].isAbsent { isPresent[step] = true }
        }
        return try ones(where: isPresent.map { !$0 }, labels: try equalityLabels(argument), on: grid)
    }

    /// `absent_over_time(v[5m])`: 1 at the steps whose window holds no sample of any series.
    func absentOverTime(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let argument = call.arguments[0]
        guard case .window(let plan) = argument.kind else {
            preconditionFailure("The parser asks for a range vector here.")
        }
        try ExtendedWindows.check(plan.ends, in: call.function)
        let columns = try columns(plan, on: grid)
        let rows = WindowRows(
            .present, of: call.function, plan, [], over: columns, identities: nil, on: grid,
            query: query,
            tally: tally)
        var isPresent = [Bool](repeating: false, count: grid.count)
        try forEachRow(of: rows) { _, row in
            for step in 0..<grid.count where !row[step].isAbsent { isPresent[step] = true }
        }
        return try ones(where: isPresent.map { !$0 }, labels: try equalityLabels(argument), on: grid)
    }

    private func ones(where flags: [Bool], labels: Labels, on grid: StepGrid) throws(QueryError) -> any RowSource {
        var row = Row(capacity: grid.count), part = MatrixPart(query)
        for flag in flags { row.append(flag ? 1 : .absent) }
        try part.append(row, SeriesIdentity(labels: labels, dropsName: false))
        return MatrixRows(grid: grid, parts: [part])
    }

    /// The labels that a series would have for sure: those of equality matchers on labels that no other matcher names.
    private func equalityLabels(_ argument: PlanNode) throws(QueryError) -> Labels {
        let matchers: [LabelMatcher]
        guard !argument.hasPlus else { return Labels() }
        switch argument.kind {
        case .selector(let plan): matchers = plan.matchers
        case .window(let plan):
            guard case .selector(let selector) = plan.content else { return Labels() }
            matchers = selector.matchers
        default: return Labels()
        }
        var builder = LabelsBuilder(), seen: Set<String> = [], pace = QueryPace(query)
        for (index, matcher) in matchers.enumerated() where matcher.name != "__name__" {
            try query.reserve(bytes: 2 * (matcher.name.utf8.count + matcher.value.utf8.count) + 64)
            try pace.step(16 + index / 4)
            if matcher.operation == .equal, seen.insert(matcher.name).inserted {
                builder.set(matcher.name, matcher.value)
            } else {
                builder.remove(matcher.name)
            }
        }
        return builder.labels
    }
}
