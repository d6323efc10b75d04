/// The order of a map's keys.
enum GoOrder {
    /// Less than, equal to or greater than 0; values of different kinds are ordered by their kinds.
    static func compare(_ left: GoValue, _ right: GoValue) -> Int {
        switch (left.base, right.base) {
        case (.string(let left), .string(let right)): compare(left, right)
        case (.integer(let left), .integer(let right)):
            GoInteger.equal(left, right) ? 0 : GoInteger.less(left, right) ? -1 : 1
        case (.float(let left), .float(let right)): compare(left, right)
        case (.bool(let left), .bool(let right)): left == right ? 0 : right ? -1 : 1
        case (let left, let right): compare(rank(left), rank(right))
        }
    }

    private static func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left == right ? 0 : left < right ? -1 : 1
    }

    /// NaN comes before all other numbers.
    private static func compare(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN == right.isNaN ? 0 : left.isNaN ? -1 : 1 }
        return left == right ? 0 : left < right ? -1 : 1
    }

    private static func rank(_ value: GoValue) -> Int {
        switch value {
        case .none, .null: 0
        case .bool: 1
        case .integer: 2
        case .float: 3
        case .string: 4
        default: 5
        }
    }
}
