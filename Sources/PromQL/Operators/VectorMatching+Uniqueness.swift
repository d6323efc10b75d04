internal import KTSDBModel

// What vector matching refuses, in Prometheus' words: a series of the "one" side must be the only one of its group that
// has a point at a step.

extension VectorMatcher {
    /// Whether any series of `rows` has a point, for each step.
    func presence(of rows: MatrixRows, _ positions: some Sequence<Int>) -> [Bool] {
        var any = [Bool](repeating: false, count: grid.count)
        for position in positions {
            let (first, values) = rows.points(at: position)
            for (step, value) in zip(first..., values) where !value.isAbsent { any[step] = true }
        }
        return any
    }

    /// Refuses two series of the "one" side in one group at one step; in one-to-one matching also of the other side.
    func checkUniqueness() throws(QueryError) {
        let hasFill = matching.fillLeft != nil || matching.fillRight != nil
        let mayConflict = groups.contains { $0.one.count > 1 || matching.cardinality == .oneToOne && $0.many.count > 1 }
        guard mayConflict else { return }
        // Where the other side has no point at all nothing is matched, and nothing refused.
        let anyMany = hasFill ? nil : presence(of: many, 0..<many.count)
        var failure: (step: Int, error: QueryError)?
        func note(_ step: Int, _ error: @autoclosure () -> QueryError) {
            if step < failure?.step ?? .max { failure = (step, error()) }
        }
        for group in groups {
            try query.check()
            if group.one.count > 1 {
                for (step, pair) in collisions(one, group.one) where anyMany?[step] ?? true {
                    note(step, duplicateError(one.series(at: pair.0).labels, one.series(at: pair.1).labels))
                    break
                }
            }
            if matching.cardinality == .oneToOne, group.many.count > 1 {
                let partners = presence(of: one, group.one)
                for (step, _) in collisions(many, group.many) where partners[step] || matching.fillRight != nil {
                    note(
                        step,
                        .execution(
                            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                        ))
                    break
                }
            }
        }
        if let failure { throw failure.error }
    }

    /// The steps at which two of the series have points, with the first two such series.
    private func collisions(_ rows: MatrixRows, _ positions: [Int]) -> [(step: Int, pair: (Int, Int))] {
        var owners = [Int?](repeating: nil, count: grid.count)
        var pairs: [Int: (Int, Int)] = [:]
        for position in positions {
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
