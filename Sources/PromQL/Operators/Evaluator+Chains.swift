internal import KTSDBModel

// Operators between two sides, taken along their chain: a loop and no recursion, as a chain is as long as its text
// makes it.

/// The value of a chain after some of its operators.
private enum ChainValue {
    case scalar(ScalarRow)
    case rows(any RowSource)
}

extension Evaluator {
    /// A chain of operators of which at least one side is a vector.
    func chain(_ node: PlanNode, _ plan: ChainPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let mark = query.profile.map { $0.mark(in: query) }
        var value = try side(plan.first, on: grid), index = 0
        while index < plan.links.count {
            let used = try take(plan.links[index...], place: node.ownPlace, from: &value, on: grid)
            index += used
            // The last one is measured as the whole chain is.
            if let mark, index < plan.links.count {
                query.profile?.add(plan.links[index - 1].id, since: mark, in: query)
                if case .rows(let rows) = value { value = .rows(metered(rows, plan.links[index - 1].id)) }
            }
            if case .rows(let rows) = value { value = .rows(try bounded(rows)) }
            try query.check()
        }
        guard case .rows(let rows) = value else { preconditionFailure("A chain with a vector gives one.") }
        return rows
    }

    private func side(_ node: PlanNode, on grid: StepGrid) throws(QueryError) -> ChainValue {
        node.type == .scalar ? .scalar(try scalar(node, on: grid)) : .rows(try vector(node, on: grid))
    }

    /// Applies the first of `links`, or several that are cheaper together.
    /// - Returns: how many.
    private func take(
        _ links: ArraySlice<ChainLink>, place: Int, from value: inout ChainValue, on grid: StepGrid
    ) throws(QueryError) -> Int {
        let link = links[links.startIndex]
        switch (value, link.right.type) {
        case (.scalar(let left), .scalar):
            value = .scalar(try combined(left, link, on: grid))
        case (.scalar(let left), _):
            let right = try vector(link.right, on: grid)
            value = .rows(try withScalar(left, right, link, scalarIsLeft: true, at: place))
        case (.rows(let left), .scalar):
            let right = try scalar(link.right, on: grid)
            value = .rows(try withScalar(right, left, link, scalarIsLeft: false, at: place))
        case (.rows(let left), _):
            switch link.operation {
            case .and, .unless: value = .rows(try filtered(left, link, on: grid))
            case .or:
                // What a union gives is the beginning of the next: it is looked through once for all of them. Each has
                // rows of its own where they are measured.
                let run: ArraySlice<ChainLink> =
                    query.profile == nil ? links.prefix { $0.operation == .or && $0.matches(as: link) } : [link]
                value = .rows(try union(left, run, on: grid))
                return run.count
            default:
                let left = try materialized(left), right = try materialized(try vector(link.right, on: grid))
                let matcher = try VectorMatcher(link, at: place, left, right, query: query)
                value = .rows(try matcher.combined())
            }
        }
        return 1
    }

    // MARK: Two scalars

    /// A chain of scalars alone.
    func scalarChain(_ plan: ChainPlan, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        let mark = query.profile.map { $0.mark(in: query) }
        var value = try scalar(plan.first, on: grid), isOwn = false
        for (index, link) in plan.links.enumerated() {
            if index % 256 == 255 { try query.check() }
            let right = try scalar(link.right, on: grid)
            if isOwn, case .steps(var steps) = value, !link.trims {
                // Steps made by an earlier operator of the chain are not shared.
                value = .constant(0)
                for step in steps.indices { steps[step] = link.operation.scalarValue(steps[step], right[step]) }
                value = .steps(steps)
            } else {
                value = try combined(value, right, link, on: grid)
                if case .steps = value { isOwn = true }
            }
            if let mark, index < plan.links.count - 1 { query.profile?.add(link.id, since: mark, in: query) }
        }
        return value
    }

    private func combined(_ left: ScalarRow, _ link: ChainLink, on grid: StepGrid) throws(QueryError) -> ScalarRow {
        try combined(left, try scalar(link.right, on: grid), link, on: grid)
    }

    private func combined(
        _ left: ScalarRow, _ right: ScalarRow, _ link: ChainLink, on grid: StepGrid
    ) throws(QueryError) -> ScalarRow {
        if link.trims, grid.count > 0 {
            // Histograms are trimmed, and the parser lets numbers pass.
            throw .execution("operator \(goQuoted(link.operation.rawValue)) not allowed for Scalar operations")
        }
        if case .constant(let a) = left, case .constant(let b) = right {
            return .constant(link.operation.scalarValue(a, b))
        }
        return try steps(grid) { link.operation.scalarValue(left[$0], right[$0]) }
    }

    // MARK: A vector and a scalar

    private func withScalar(
        _ scalar: ScalarRow, _ vector: any RowSource, _ link: ChainLink, scalarIsLeft: Bool, at place: Int
    ) throws(QueryError) -> any RowSource {
        let operation = link.operation, returnsBool = link.returnsBool, query = query, trims = link.trims
        let annotations = query.annotations.addOperator(at: place)
        let rows = MappedRows(
            vector,
            changingRowsByPosition: { position, row throws(QueryError) in
                guard row.hasHistograms || trims else {
                    var steps = row.mutableSpan
                    return try MappedRows.inPieces(&steps, query) { steps, first in
                        operation.apply(
                            &steps, from: first, scalar, scalarIsLeft: scalarIsLeft, returnsBool: returnsBool)
                    }
                }
                let labels = try vector.series(at: position).labels
                operation.applyToPoints(&row, scalar, scalarIsLeft: scalarIsLeft, returnsBool: returnsBool) {
                    query.annotations.addLast($1, to: annotations, step: $0, of: labels)
                }
            })
        return operation.isArithmetic || returnsBool ? try withoutName(rows) : rows
    }
}

extension ChainLink {
    /// Whether both find what belongs together by the same labels.
    fileprivate func matches(as other: ChainLink) -> Bool {
        guard let matching, let theirs = other.matching else { return false }
        return matching.isOn == theirs.isOn && matching.labels == theirs.labels
    }
}
