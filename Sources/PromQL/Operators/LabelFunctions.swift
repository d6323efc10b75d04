internal import KTSDBModel

// label_replace, label_join: functions of labels alone. They look at each series once and at no step.

extension Evaluator {
    /// `label_replace(v, "dst", "replacement", "src", "regex")`: sets a label where the regular expression matches the
    /// whole of another; an empty result removes it.
    func labelReplace(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let texts = call.arguments.dropFirst().map { string($0) }
        let (destination, replacement, source, pattern) = (texts[0], texts[1], texts[2], texts[3])
        let expression: RegularExpression
        do throws(RegularExpressionError) {
            // The parentheses are put around the text, as in Prometheus: `a)(b` is a pattern, and `\Qa` without `\E` is none.
            expression = try RegularExpression("(?:" + pattern + ")", dotMatchesNewline: true)
        } catch {
            throw .execution("invalid regular expression in label_replace(): \(pattern)")
        }
        try checkName(call.arguments[1], "invalid destination label name in label_replace()")
        let rows = try vector(call.arguments[0], on: grid)
        let identities = try rows.identities.map { series throws(QueryError) in
            let value = series.labels.valueRange(of: source).map { Array(series.labels.stringForm[$0]) } ?? []
            guard let captures = expression.captures(whole: value.span) else { return series }
            return try series.setting(
                destination, to: expression.expand(replacement, captures: captures, in: value.span))
        }
        return try DistinctLabels.joined(rows, identities, query: query)
    }

    /// `label_join(v, "dst", "separator", "src", …)`: sets a label to several others in a row.
    func labelJoin(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let texts = call.arguments.dropFirst().map { string($0) }
        let (destination, separator, sources) = (texts[0], texts[1], texts.dropFirst(2))
        for source in call.arguments.dropFirst(3) { try checkName(source, "invalid source label name in label_join()") }
        try checkName(call.arguments[1], "invalid destination label name in label_join()")
        let rows = try vector(call.arguments[0], on: grid)
        let identities = try rows.identities.map { series throws(QueryError) in
            let values = sources.map { series.labels[$0] ?? "" }
            return try series.setting(destination, to: Array(values.joined(separator: separator).utf8))
        }
        return try DistinctLabels.joined(rows, identities, query: query)
    }

    private func checkName(_ argument: PlanNode, _ problem: String) throws(QueryError) {
        let name = literal(argument)
        guard name.isLabelName else { throw .execution("\(problem): \(name.value)") }
    }
}

extension SeriesIdentity {
    /// With a label set; who sets the metric's name wants to keep it.
    fileprivate func setting(_ name: String, to value: [UInt8]) throws(QueryError) -> SeriesIdentity {
        var builder = LabelsBuilder(labels)
        builder.set(Array(name.utf8), value)
        if let problem = builder.problem { throw .execution("\(problem)") }
        return SeriesIdentity(labels: builder.labels, dropsName: name == "__name__" ? false : dropsName)
    }
}
