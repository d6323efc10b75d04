/// A type that has a name, and perhaps methods, over another type: `time.Duration` over `int64`, say.
public final class GoNamedType: Sendable, Hashable {
    /// A method: bound to its receiver, it is a function.
    public typealias Method = @Sendable (GoValue) -> GoFunction
    /// The method `String` or `Error`.
    public typealias Text = @Sendable (GoValue) throws -> GoString

    /// The name as messages show it, with the package: `template.KV`.
    public let name: String
    /// The type that values have without the name.
    public let underlying: GoType
    /// By name; `String` and `Error` need not be among them.
    public let methods: [String: Method]
    /// What is printed instead of the value.
    public let text: Text?
    /// Whether `text` is the method `Error` rather than `String`.
    public let isError: Bool

    /// Defines a type. Two types are the same if their names are.
    public init(
        _ name: String, _ underlying: GoType, methods: [String: Method] = [:], isError: Bool = false, text: Text? = nil
    ) {
        self.name = name
        self.underlying = underlying
        self.methods = methods
        self.text = text
        self.isError = isError
    }

    /// The method `name` of a value; its receiver is the value without the type's name.
    func method(_ name: String, of value: GoValue) -> GoFunction? {
        if let method = methods[name] { return method(value) }
        guard let text, name == (isError ? "Error" : "String") else { return nil }
        return GoFunction([], returns: .string) { _ in .string(try text(value)) }
    }

    /// Whether the names are equal.
    public static func == (left: GoNamedType, right: GoNamedType) -> Bool { left.name == right.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
