extension GoValue {
    /// The value without the name of its type.
    public var base: GoValue {
        if case .named(_, let value) = self { return value }
        return self
    }

    /// The type; nil for the absence of a value.
    public var type: GoType? {
        switch self {
        case .none: nil
        case .null(let type): type
        case .bool: .bool
        case .integer(let value): .integer(value.kind)
        case .float: .float64
        case .string: .string
        case .list(let list): .list(list.elementType)
        case .map(let map): .map(map.keyType, map.valueType)
        case .object(let object): .object(object.typeName, isPointer: object.isPointer)
        case .function(let function): .function(function.signature)
        case .error: .object("errors.errorString", isPointer: true)
        case .named(let type, _): .named(type)
        }
    }

    /// Whether `if` takes the value as true: it is not the zero of its type, or empty.
    public var isTrue: Bool {
        switch base {
        case .none, .null: false
        case .bool(let value): value
        case .integer(let value): value.bits != 0
        case .float(let value): value != 0
        case .string(let text): !text.bytes.isEmpty
        case .list(let list): !list.elements.isEmpty
        case .map(let map): !map.entries.isEmpty
        case .object, .function, .error, .named: true
        }
    }

    /// Whether the value is nil or absent.
    var isNil: Bool {
        switch base {
        case .none, .null: true
        default: false
        }
    }

    /// Whether the value is missing or an untyped nil.
    var isAbsent: Bool {
        switch self {
        case .none, .null(.any), .null(.error): true
        default: false
        }
    }

    /// The zero of a type: what a missing key of a map gives.
    static func zero(of type: GoType) -> GoValue {
        switch type {
        case .bool: .bool(false)
        case .integer(let kind): .integer(GoInteger(0, kind: kind))
        case .float64: .float(0)
        case .string: .string("")
        case .named(let named): .named(named, zero(of: named.underlying))
        case .any, .list, .map, .function, .object, .error, .value: .null(type)
        }
    }

    /// The method of that name.
    func method(_ name: String) -> GoFunction? {
        switch self {
        case .named(let type, let value): type.method(name, of: value)
        case .object(let object): object.method(name)
        case .error(let error) where name == "Error":
            GoFunction([], returns: .string) { _ in .text(error.message) }
        default: nil
        }
    }
}
