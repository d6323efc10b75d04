/// The type of a value, as far as templates can notice it: in messages, in `%T`, and where arguments are checked.
public indirect enum GoType: Hashable, Sendable {
    /// `interface {}`: anything, and nil.
    case any
    case bool
    case integer(GoIntegerKind)
    case float64
    case string
    case list(GoType)
    case map(GoType, GoType)
    case function(GoSignature)
    /// A struct by its name, or a pointer to it.
    case object(String, isPointer: Bool)
    /// `error`
    case error
    /// A defined type over another, such as `time.Duration`.
    case named(GoNamedType)
    /// `reflect.Value`, which built-in functions accept: anything, even the absence of a value.
    case value

    /// Go's `int`.
    public static let int = GoType.integer(.int)

    /// The type without the name that was given to it.
    public var underlying: GoType {
        if case .named(let type) = self { return type.underlying }
        return self
    }

    /// Whether nil is a value of the type.
    var canBeNil: Bool {
        switch underlying {
        case .any, .list, .map, .function, .error, .value, .object(_, isPointer: true): true
        default: false
        }
    }

    /// Whether a value of this type may be passed where `other` is wanted.
    func isAssignable(to other: GoType) -> Bool {
        switch other {
        case .any, .value: return true
        case .error: return self == .error || namedType?.isError == true
        default: break
        }
        if self == other { return true }
        return underlying == other.underlying && !(isDefined && other.isDefined)
    }

    private var namedType: GoNamedType? {
        if case .named(let type) = self { return type }
        return nil
    }

    /// Whether the type has a name of its own, such as `string`; `[]string` does not.
    private var isDefined: Bool {
        switch self {
        case .list, .map, .function: false
        default: true
        }
    }
}

extension GoType: CustomStringConvertible {
    /// As messages and `%T` show it.
    public var description: String {
        switch self {
        case .any: "interface {}"
        case .bool: "bool"
        case .integer(let kind): kind.rawValue
        case .float64: "float64"
        case .string: "string"
        case .list(let element): "[]\(element)"
        case .map(let key, let value): "map[\(key)]\(value)"
        case .function(let signature): signature.description
        case .object(let name, let isPointer): isPointer ? "*" + name : name
        case .error: "error"
        case .named(let type): type.name
        case .value: "reflect.Value"
        }
    }
}
