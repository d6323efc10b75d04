/// What a template works on: a value of any of Go's kinds.
public enum GoValue: Sendable {
    /// No value at all: what a missing key gives. It prints as `<no value>`.
    case none
    /// nil of a type; `null(.any)` is what Go calls nil.
    case null(GoType)
    case bool(Bool)
    case integer(GoInteger)
    case float(Double)
    case string(GoString)
    case list(GoList)
    case map(GoMap)
    case object(any GoObject)
    case function(GoFunction)
    case error(GoError)
    /// A value of a type with a name; the value is of the type's underlying one.
    indirect case named(GoNamedType, GoValue)

    /// An `int`.
    public static func int(_ value: Int) -> GoValue { .integer(GoInteger(value)) }

    /// A text.
    public static func text(_ text: String) -> GoValue { .string(GoString(text)) }

    /// A list of anything.
    public static func list(_ elements: [GoValue]) -> GoValue { .list(GoList(elements)) }

    /// A map from texts to anything.
    public static func map(_ entries: [String: GoValue]) -> GoValue {
        .map(GoMap(entries.map { (.text($0.key), $0.value) }))
    }
}

extension GoValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral text: String) { self = .text(text) }
    /// An `int`.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A `float64`.
    public init(floatLiteral value: Double) { self = .float(value) }
    /// A `bool`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// nil without a type.
    public init(nilLiteral: ()) { self = .null(.any) }
    /// A list of anything.
    public init(arrayLiteral elements: GoValue...) { self = .list(elements) }
    /// A map from texts to anything.
    public init(dictionaryLiteral elements: (String, GoValue)...) {
        self = .map(GoMap(elements.map { (.text($0), $1) }))
    }
}
