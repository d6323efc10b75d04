internal import KTSDBModel

extension Evaluator {
    /// An operator of which at least one side is a vector.
    func binary(_ plan: BinaryPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        if plan.left.type == .scalar || plan.right.type == .scalar { return try withScalar(plan, at: place, on: grid) }
        switch plan.operation {
        case .and, .unless: return try filtered(plan, on: grid)
        case .or: return try union(plan, on: grid)
        case .trimUpper, .trimLower:
            let left = try vector(plan.left, on: grid), right = try vector(plan.right, on: grid)
            try noteTrimming(left, plan.operation, at: place)
            try forEachRow(of: right) { _, _ in }
            return MatrixRows(grid: grid)
        default:
            let left = try materialized(try vector(plan.left, on: grid))
            let right = try materialized(try vector(plan.right, on: grid))
            let matcher = VectorMatcher(plan, left, right, query: query)
            return try matcher.combined()
        }
    }

    private func withScalar(_ plan: BinaryPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let scalarIsLeft = plan.left.type == .scalar
        let vector = try vector(scalarIsLeft ? plan.right : plan.left, on: grid)
        let scalar = try scalar(scalarIsLeft ? plan.left : plan.right, on: grid)
        let operation = plan.operation, returnsBool = plan.returnsBool
        if operation == .trimUpper || operation == .trimLower {
            try noteTrimming(vector, operation, at: place)
            return MatrixRows(grid: grid)
        }
        let rows = MappedRows(vector) { row in
            operation.apply(&row, scalar, scalarIsLeft: scalarIsLeft, returnsBool: returnsBool)
        }
        return operation.isArithmetic || returnsBool ? try withoutName(rows) : rows
    }

    /// `</` and `>/` trim native histograms; floats are left out, with a word about it.
    private func noteTrimming(_ rows: any RowSource, _ operation: BinaryOperator, at place: Int) throws(QueryError) {
        var hasPoint = false
        try forEachRow(of: rows) { _, _ in hasPoint = true }
        guard hasPoint else { return }
        query.annotations.add(
            .info,
            "incompatible sample types encountered for binary operator \"\(operation.rawValue)\": float "
                + "\(operation.rawValue) float", at: place)
    }
}
