/// Counts the work of a loop, and looks whether the query is still wanted each time that a good part of a millisecond
/// may have passed.
///
/// A unit is about a dozen nanoseconds to a few dozen: a comparison, a step of a row, sixteen bytes of a text. Numbers
/// in kernels are counted by ``WorkMeter``.
struct QueryPace {
    /// Far less than a millisecond, and enough units that the check costs nothing.
    private static let interval = 4096

    private let query: QueryContext
    private var left = QueryPace.interval

    init(_ query: QueryContext) { self.query = query }

    /// Counts `units` of work.
    @inline(__always)
    mutating func step(_ units: Int = 1) throws(QueryError) {
        left &-= units
        if left <= 0 { try look() }
    }

    private mutating func look() throws(QueryError) {
        left = Self.interval
        try query.check()
    }
}

extension Array {
    /// The elements sorted; looks meanwhile whether the query is still wanted. A comparison counts as `units` of work.
    func sorted(
        in query: QueryContext, units: Int = 4, by precedes: (Element, Element) -> Bool
    ) throws(QueryError) -> [Element] {
        guard count > 64 else { return sorted(by: precedes) }
        var pace = QueryPace(query)
        do {
            return try sorted { left, right in
                try pace.step(units)
                return precedes(left, right)
            }
        } catch let error as QueryError {
            throw error
        } catch {
            preconditionFailure("Nothing else is thrown.")
        }
    }
}
