internal import KTSDBModel

extension Evaluator {
    /// `sum by (a) (x)` and the other operators from a vector to a vector.
    ///
    /// `place` is where it starts in the text.
    func aggregation(
        _ plan: AggregationPlan, at place: Int, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        let grouping = Grouping(isWithout: plan.isWithout, names: plan.grouping)
        switch plan.operation {
        case .sum, .avg, .min, .max, .count, .group, .stddev, .stdvar:
            var evaluator = self
            evaluator.ignoresNames = !grouping.seesName
            // Remarks name the metric where names are taken away at the end alone.
            let leavingNames =
                evaluator.ignoresNames && plan.operand.takesNamesAway && !query.options.delayedNameRemoval
            return try fold(
                plan.operation, try evaluator.vector(plan.operand, on: grid), by: grouping, at: plan.operand.place,
                leavingNames: leavingNames)
        case .countValues:
            return try countValues(plan, on: grid)
        case .quantile:
            let parameter = try scalar(plan.parameter!, on: grid)
            let rows = try vector(plan.operand, on: grid)
            return try quantile(
                parameter, rows, by: grouping, at: plan.parameter!.place, operandPlace: plan.operand.place)
        case .topk, .bottomk, .limitk, .limitRatio:
            let parameter = try scalar(plan.parameter!, on: grid)
            let rows = try vector(plan.operand, on: grid)
            return try selection(plan, parameter, rows, by: grouping, at: place)
        }
    }

    /// `leavingNames`: the rows should have no names, and nothing but annotations would show that they have.
    private func fold(
        _ operation: AggregationOperator, _ rows: any RowSource, by grouping: Grouping, at place: Int,
        leavingNames: Bool
    ) throws(QueryError) -> any RowSource {
        let steps = rows.grid.count, query = query
        let groups = try rows.groups(by: grouping, query: query)
        // Where each group is, in the total and in each thread.
        try query.reserve(bytes: 4 * groups.count * (1 + query.threads))
        let shape = RangeFold.Shape(operation: operation, place: place, steps: steps)
        let total = RangeFold(shape, query, GroupPlaces(groups.count))
        try SeriesRanges.forEach(of: rows.count, steps: steps, query: query) {
            FoldWorker(rows, groups, shape, leavesNames: leavingNames, query)
        } work: { worker, range throws(QueryError) in
            try worker.fold(range)
        } take: { part throws(QueryError) in
            try total.join(part)
        }
        total.addAnnotations()
        var row = Row.absent(count: steps), result = MatrixPart(query), pace = QueryPace(query)
        for (place, group) in total.members.enumerated() {
            try pace.step(8 + steps)
            total.finish(place, into: &row)
            let dropsName = total.dropsName.contains(group)
            try result.append(row, SeriesIdentity(labels: groups.labels[group], dropsName: dropsName))
        }
        return MatrixRows(grid: rows.grid, parts: [result])
    }

    // MARK: quantile

    /// `quantile(φ, x)` needs all values of a group at once.
    private func quantile(
        _ parameter: ScalarRow, _ rows: any RowSource, by grouping: Grouping, at place: Int, operandPlace: Int
    ) throws(QueryError) -> any RowSource {
        warnOfExtremes(parameter, steps: rows.grid.count, at: place)
        let matrix = try materialized(rows)
        if matrix.hasHistograms { query.annotations.add(.ignoredInAggregation("quantile"), at: operandPlace) }
        var result = MatrixPart(query), values: [Double] = [], pace = QueryPace(query)
        for (group, positions) in try matrix.groups(by: grouping, query: query).members(query) {
            try pace.step(8 + rows.grid.count / 8)
            var row = Row.absent(count: rows.grid.count)
            for step in 0..<rows.grid.count {
                values.removeAll(keepingCapacity: true)
                for position in positions { if let value = matrix.float(position, step) { values.append(value) } }
                // It is sorted, at some comparisons for each value.
                try pace.step(8 * positions.count)
                if !values.isEmpty { row[step] = point(try quantile(parameter[step], sorting: &values)) }
            }
            try result.append(row, group)
        }
        return MatrixRows(grid: rows.grid, parts: [result])
    }

    /// ``PromQL/quantile(_:sorting:)``, which looks meanwhile whether the query is still wanted where there are many
    /// values.
    private func quantile(_ fraction: Double, sorting values: inout [Double]) throws(QueryError) -> Double {
        if values.count > 4096 { values = try values.sorted(in: query, units: 1) { $0 < $1 || $0.isNaN && !$1.isNaN } }
        return PromQL.quantile(fraction, sorting: &values)
    }

    /// One warning for the largest φ above 1 and one for the smallest below 0, as in Prometheus: besides NaN only
    /// infinity is one of them.
    private func warnOfExtremes(_ parameter: ScalarRow, steps: Int, at place: Int) {
        let values = parameter.distinct(count: steps)
        if values.contains(where: \.isNaN) { warnOfQuantile(.nan, at: place) }
        let largest = values.reduce(-Double.greatestFiniteMagnitude, goMaximum)
        if largest > 1 { warnOfQuantile(largest, at: place) }
        let smallest = values.reduce(Double.greatestFiniteMagnitude, goMinimum)
        if smallest < 0 { warnOfQuantile(smallest, at: place) }
    }

    // MARK: count_values

    /// `count_values("label", x)`: one series for each value that comes up, with the value as a label.
    private func countValues(_ plan: AggregationPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let literal = literal(plan.parameter!), label = literal.value
        guard literal.isLabelName else { throw .execution("invalid label name \(goQuoted(literal.bytes))") }
        let names = plan.isWithout ? plan.grouping : plan.grouping + [label]
        let grouping = Grouping(isWithout: plan.isWithout, names: names)
        let rows = try vector(plan.operand, on: grid)
        var table = GroupTable(), counts: [[Double]] = []
        let reservation = SampleReservation(query)
        var pace = QueryPace(query)
        try forEachRow(of: rows) { position, row throws(QueryError) in
            let labels = try rows.series(at: position).labels
            var known: [UInt64: Int] = [:]
            for step in 0..<grid.count where !row[step].isAbsent {
                let group: Int
                try pace.step(2)
                if let histogram = row.histogram(at: step) {
                    try pace.step(1024)
                    let valued = labels.setting(label, to: histogram.description)
                    group = table.number(of: grouping.labels(of: valued), dropsName: false)
                } else if let number = known[row[step].bitPattern] {
                    group = number
                } else {
                    try pace.step(64 + labels.stringForm.count / 8)
                    let valued = labels.setting(label, to: plainText(row[step]))
                    group = table.number(of: grouping.labels(of: valued), dropsName: false)
                    known[row[step].bitPattern] = group
                }
                if group == counts.count {
                    let byteCount = table.identities[group].labels.stringForm.count
                    try reservation.grow(bytes: byteCount + 2 * SeriesIdentity.baseByteCount)
                    try reservation.grow(by: grid.count)
                    counts.append([Double](repeating: 0, count: grid.count))
                }
                counts[group][step] += 1
            }
        }
        var result = MatrixPart(query), row = Row.absent(count: grid.count)
        for (number, identity) in table.identities.enumerated() {
            try pace.step(8 + grid.count)
            for step in 0..<grid.count { row[step] = counts[number][step] == 0 ? .absent : counts[number][step] }
            try result.append(row, identity)
        }
        return MatrixRows(grid: grid, parts: [result])
    }
}
