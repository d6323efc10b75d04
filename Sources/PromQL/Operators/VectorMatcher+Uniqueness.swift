internal import KTSDBModel

// What vector matching refuses, in Prometheus' words: a series of the "one" side must be the only one of its group that
// has a point at a step.

extension VectorMatcher {
    /// Whether any series of `rows` has a point, for each step.
    func presence(of rows: MatrixRows, _ positions: some Sequence<Int>) throws(QueryError) -> [Bool] {
        var any = [Bool](repeating: false, count: grid.count), pace = QueryPace(query)
        for position in positions {
            try pace.step(4 + grid.count / 8)
            let (first, values) = rows.points(at: position)
            for (step, value) in zip(first..., values) where !value.isAbsent { any[step] = true }
        }
        return any
    }

    /// Two matches where there may be one.
    struct Conflict {
        /// The first step that has it.
        var step: Int
        var error: QueryError
    }

    /// Whether some points of the group may not go together, so that being there is not enough to match.
    func mayFail(_ group: Group) -> Bool {
        plan.operation == .trimUpper || plan.operation == .trimLower
            || group.many.contains { many.hasHistograms(at: $0) } || group.one.contains { one.hasHistograms(at: $0) }
    }

    /// The first step with two series of the "one" side in one group; or in one-to-one matching two of the other side.
    ///
    /// At one step the "one" side is looked at first, and its series in their order, as in Prometheus.
    func firstConflict(_ worker: PairWorker) throws(QueryError) -> Conflict? {
        let hasFill = matching.fillLeft != nil || matching.fillRight != nil
        let mayConflict = groups.contains { $0.one.count > 1 || matching.cardinality == .oneToOne && $0.many.count > 1 }
        guard mayConflict else { return nil }
        // Where the other side has no point at all nothing is matched, and nothing refused.
        let anyMany = hasFill ? nil : try presence(of: many, 0..<many.count)
        var first: (step: Int, position: Int, pair: (Int, Int)?)?
        func note(_ step: Int, _ position: Int, _ pair: (Int, Int)?) {
            if let first, (first.step, first.position) <= (step, position) { return }
            first = (step, position, pair)
        }
        var pace = QueryPace(query)
        for (number, group) in groups.enumerated() {
            try pace.step(4)
            if group.one.count > 1 {
                for (step, pair) in try collisions(one, group.one) where anyMany?[step] ?? true {
                    note(step, pair.1, pair)
                    break
                }
            }
            if matching.cardinality == .oneToOne, group.many.count > 1 {
                if mayFail(group) {
                    let counts = try worker.matches(in: number)
                    if let step = counts.firstIndex(where: { $0 > 1 }) { note(step, .max, nil) }
                    continue
                }
                let partners = try presence(of: one, group.one)
                for (step, _) in try collisions(many, group.many) where partners[step] || matching.fillRight != nil {
                    note(step, .max, nil)
                    break
                }
            }
        }
        return first.map { first in
            let error =
                first.pair.map { duplicateError(one.series(at: $0.0).labels, one.series(at: $0.1).labels) }
                ?? .execution(
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
            return Conflict(step: first.step, error: error)
        }
    }

    /// The steps at which two of the series have points, with the first two such series.
    private func collisions(
        _ rows: MatrixRows, _ positions: [Int]
    ) throws(QueryError) -> [(step: Int, pair: (Int, Int))] {
        var pace = QueryPace(query)
        var owners = [Int?](repeating: nil, count: grid.count)
        var pairs: [Int: (Int, Int)] = [:]
        for position in positions {
            try pace.step(4 + grid.count)
            let (first, values) = rows.points(at: position)
            for (step, value) in zip(first..., values) where !value.isAbsent {
                if let owner = owners[step] {
                    if pairs[step] == nil { pairs[step] = (owner, position) }
                } else {
                    owners[step] = position
                }
            }
        }
        return pairs.keys.sorted().map { ($0, pairs[$0]!) }
    }

    private func duplicateError(_ first: Labels, _ second: Labels) -> QueryError {
        let group = grouping.labels(of: first).prometheusText
        let both = [first.prometheusText, second.prometheusText].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .execution(
            "found duplicate series for the match group \(group) on the \(isSwapped ? "left" : "right") hand-side of the "
                + "operation: [\(both[0]), \(both[1])];many-to-many matching not allowed: matching labels must be unique "
                + "on one side")
    }
}
