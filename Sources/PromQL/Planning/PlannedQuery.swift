internal import KTSDBModel

/// An expression with its steps, and how it will be evaluated at them: all that does not depend on data.
struct PlannedQuery: Sendable {
    let query: PreparedQuery
    let grid: StepGrid
    let plan: PlanNode
    /// Whether a range was asked for, and not one time.
    let isRange: Bool
    /// How long it took to plan.
    let duration: Duration

    /// At one time.
    init(_ query: PreparedQuery, at time: Timestamp) throws(QueryError) {
        let milliseconds = time.milliseconds
        try self.init(
            query, PlanningContext(start: milliseconds, end: milliseconds, step: 0),
            on: try StepGrid(from: milliseconds, through: milliseconds, step: 1))
    }

    /// At the steps of a range, if they make sense and the expression can be evaluated at more than one.
    init(_ query: PreparedQuery, over range: ClosedRange<Timestamp>, step: Duration) throws(QueryError) {
        let milliseconds = step.milliseconds, type = query.expression.type
        guard milliseconds > 0 else {
            throw .invalidParameter(name: "step", reason: "a step is at least one millisecond, got \(step)")
        }
        guard type == .vector || type == .scalar else {
            let found = type == .matrix ? "range vector" : "string"
            throw .invalidExpression(
                "invalid expression type \"\(found)\" for range query, must be Scalar or instant Vector")
        }
        let start = range.lowerBound.milliseconds, end = range.upperBound.milliseconds
        try self.init(
            query, PlanningContext(start: start, end: end, step: milliseconds),
            on: try StepGrid(from: start, through: end, step: milliseconds))
    }

    private init(_ query: PreparedQuery, _ context: PlanningContext, on grid: StepGrid) throws(QueryError) {
        let clock = ContinuousClock(), begin = clock.now
        plan = try Planner(context: context).plan(query.expression)
        duration = clock.now - begin
        self.query = query
        self.grid = grid
        isRange = context.step > 0
    }
}
