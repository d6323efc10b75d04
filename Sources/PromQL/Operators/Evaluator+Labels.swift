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
            // The parentheses are put around the text, as in Prometheus: `a)(b` is a valid pattern, and `\Qa` without
            // `\E` is not.
            expression = try RegularExpression("(?:" + pattern + ")", dotMatchesNewline: true)
        } catch {
            throw .execution("invalid regular expression in label_replace(): \(pattern)")
        }
        try checkName(call.arguments[1], "invalid destination label name in label_replace()")
        let rows = try vector(call.arguments[0], on: grid)
        let template = RegularExpression.Template(replacement)
        let identities = try identities(rows) { series throws(QueryError) in
            let value = series.labels.valueRange(of: source).map { Array(series.labels.stringForm[$0]) } ?? []
            let captures: [Range<Int>?]?
            do throws(ReadError) {
                captures = try expression.captures(whole: value.span, limits: query.limits)
            } catch {
                throw query.error(for: error)
            }
            guard let captures else { return series }
            let count = expression.byteCount(of: template, captures: captures)
            try check(count, destination)
            let replaced = try reserving(count) { expression.expand(template, captures: captures, in: value.span) }
            return try setting(destination, to: replaced, of: series)
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
        let divider = Array(separator.utf8)
        let identities = try identities(rows) { series throws(QueryError) in
            let form = series.labels.stringForm
            let values = sources.map { series.labels.valueRange(of: $0) ?? 0..<0 }
            let count = values.reduce(0) { $0 + $1.count } + divider.count * max(0, sources.count - 1)
            try check(count, destination)
            let joined = try reserving(count) {
                var joined: [UInt8] = []
                joined.reserveCapacity(count)
                for (index, value) in values.enumerated() {
                    if index > 0 { joined += divider }
                    joined += form[value]
                }
                return joined
            }
            return try setting(destination, to: joined, of: series)
        }
        return try DistinctLabels.joined(rows, identities, query: query)
    }

    private func checkName(_ argument: PlanNode, _ problem: String) throws(QueryError) {
        let name = literal(argument)
        guard name.isLabelName else { throw .execution("\(problem): \(name.value)") }
    }
}

extension Evaluator {
    /// The series of `rows` with labels changed one by one.
    func identities(
        _ rows: any RowSource, _ change: (SeriesIdentity) throws(QueryError) -> SeriesIdentity
    ) throws(QueryError) -> [SeriesIdentity] {
        var identities: [SeriesIdentity] = [], pace = QueryPace(query)
        try query.reserve(bytes: rows.count * MemoryLayout<SeriesIdentity>.stride)
        identities.reserveCapacity(rows.count)
        for position in 0..<rows.count {
            let series = try change(rows.series(at: position))
            try pace.step(32 + series.labels.stringForm.count / 4)
            identities.append(series)
        }
        return identities
    }

    /// `series` with a label set; a metric's name that is set is meant to be kept.
    ///
    /// Room for the new labels is taken first, and stays counted until the query ends, as labels mostly do.
    func setting(_ name: String, to value: [UInt8], of series: SeriesIdentity) throws(QueryError) -> SeriesIdentity {
        try check(value.count, name)
        let old = series.labels.stringForm.count
        try query.reserve(bytes: old + name.utf8.count + value.count + SeriesIdentity.baseByteCount)
        // The builder has a copy of its own of each.
        let labels = try reserving(old + value.count) { series.labels.setting(Array(name.utf8), to: value) }
        return SeriesIdentity(labels: labels, dropsName: name == "__name__" ? false : series.dropsName)
    }

    /// Makes something of about `count` bytes that is soon forgotten.
    private func reserving<Value>(_ count: Int, _ make: () -> Value) throws(QueryError) -> Value {
        try query.reserve(bytes: count)
        defer { query.release(0, bytes: count) }
        return make()
    }

    /// Refuses values that are longer than any label can be: they must not be cut silently.
    private func check(_ count: Int, _ name: String) throws(QueryError) {
        guard count <= Labels.fieldByteLimit else {
            throw .execution("\(LabelTooLong(name: Array(name.utf8), byteCount: count))")
        }
    }
}
