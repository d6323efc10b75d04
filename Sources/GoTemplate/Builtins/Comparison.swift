/// The functions `eq`, `ne`, `lt`, `le`, `gt` and `ge`.
enum Comparison {
    private static let badType = GoError("invalid type for comparison")
    private static let incompatible = GoError("incompatible types for comparison")

    /// Whether a value equals one of the others.
    static func equal(_ value: GoValue, _ others: some Sequence<GoValue>) throws(GoError) -> Bool {
        var isEmpty = true
        for other in others {
            isEmpty = false
            if try equal(value, other) { return true }
        }
        if isEmpty { throw GoError("missing argument for comparison") }
        return false
    }

    private static func equal(_ left: GoValue, _ right: GoValue) throws(GoError) -> Bool {
        switch (left.base, right.base) {
        case (.bool(let left), .bool(let right)): return left == right
        case (.integer(let left), .integer(let right)): return GoInteger.equal(left, right)
        case (.float(let left), .float(let right)): return left == right
        case (.string(let left), .string(let right)): return left == right
        default: break
        }
        if left.isBasic || right.isBasic {
            guard left.isAbsent || right.isAbsent else { throw incompatible }
            return false
        }
        guard canCompare(left, right) else { throw nonComparable(left, right) }
        if left.isNil || right.isNil { return left.isNil == right.isNil }
        return try equalObjects(left, right)
    }

    /// Values of structs and pointers.
    private static func equalObjects(_ left: GoValue, _ right: GoValue) throws(GoError) -> Bool {
        switch (left.base, right.base) {
        case (.object(let object), .object(let other)):
            return left.type == right.type && object.isEqual(to: other)
        case (.error(let error), .error(let other)): return error == other
        default: throw GoError("non-comparable type \(text(right, "%s")): \(right.type ?? .any)")
        }
    }

    private static func canCompare(_ left: GoValue, _ right: GoValue) -> Bool {
        left.isAbsent || right.isAbsent || left.reflectKind == right.reflectKind
    }

    private static func nonComparable(_ left: GoValue, _ right: GoValue) -> GoError {
        let (first, second) = (left.type ?? .any, right.type ?? .any)
        return GoError("non-comparable types \(text(left, "%s")): \(first), \(second): \(text(right, "%v"))")
    }

    private static func text(_ value: GoValue, _ format: String) -> String {
        var printer = GoPrinter(limit: 4096)
        printer.printf(Array(format.utf8), [value])
        return String(decoding: printer.output, as: UTF8.self)
    }

    /// Whether the first value is less.
    static func less(_ left: GoValue, _ right: GoValue) throws(GoError) -> Bool {
        guard left.isBasic, right.isBasic else { throw badType }
        switch (left.base, right.base) {
        case (.integer(let left), .integer(let right)): return GoInteger.less(left, right)
        case (.float(let left), .float(let right)): return left < right
        case (.string(let left), .string(let right)): return left < right
        case (.bool, .bool): throw badType
        default: throw incompatible
        }
    }

    /// Whether the first value is less, or equal: with NaN neither.
    static func lessOrEqual(_ left: GoValue, _ right: GoValue) throws(GoError) -> Bool {
        if try less(left, right) { return true }
        return try equal(left, right)
    }
}

extension GoValue {
    /// Whether the value is a boolean, a number or a text.
    fileprivate var isBasic: Bool {
        switch base {
        case .bool, .integer, .float, .string: true
        default: false
        }
    }

    /// The kind of the type, as a name.
    fileprivate var reflectKind: String {
        switch type?.underlying {
        case .list: "slice"
        case .map: "map"
        case .function: "func"
        case .object(_, let isPointer): isPointer ? "ptr" : "struct"
        default: "invalid"
        }
    }
}
