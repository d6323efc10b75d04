internal import KTSDBModel

extension Evaluator {
    /// An operator of which at least one side is a vector.
    func binary(_ plan: BinaryPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        if plan.left.type == .scalar || plan.right.type == .scalar { return try withScalar(plan, at: place, on: grid) }
        switch plan.operation {
        case .and, .unless: return try filtered(plan, on: grid)
        case .or: return try union(plan, on: grid)
        default:
            let left = try materialized(try vector(plan.left, on: grid))
            let right = try materialized(try vector(plan.right, on: grid))
            let matcher = try VectorMatcher(plan, at: place, left, right, query: query)
            return try matcher.combined()
        }
    }

    private func withScalar(_ plan: BinaryPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let scalarIsLeft = plan.left.type == .scalar
        let vector = try vector(scalarIsLeft ? plan.right : plan.left, on: grid)
        let scalar = try scalar(scalarIsLeft ? plan.left : plan.right, on: grid)
        let operation = plan.operation, returnsBool = plan.returnsBool, query = query
        let trims = operation == .trimUpper || operation == .trimLower
        let notes = query.annotations.addOperator(at: place)
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
                operation.applyToPoints(&row, scalar, scalarIsLeft: scalarIsLeft, returnsBool: returnsBool) {
                    query.annotations.addLast($1, to: notes, step: $0, of: vector.series(at: position).labels)
                }
            })
        return operation.isArithmetic || returnsBool ? try withoutName(rows) : rows
    }
}
