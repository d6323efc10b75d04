extension GoValue {
    /// Whether two values of fields are equal and of the same type.
    func isIdentical(to other: GoValue) -> Bool {
        guard type == other.type else { return false }
        switch (base, other.base) {
        case (.none, .none), (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.integer(let left), .integer(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.string(let left), .string(let right)): return left == right
        case (.error(let left), .error(let right)): return left == right
        case (.object(let left), .object(let right)): return left.isEqual(to: right)
        default: return false
        }
    }
}
