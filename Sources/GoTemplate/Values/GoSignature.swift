/// What a function takes and returns.
public struct GoSignature: Hashable, Sendable, CustomStringConvertible {
    /// The types of the arguments that must be present.
    public let parameters: [GoType]
    /// The type of any number of further arguments; nil if none may follow.
    public let variadic: GoType?
    /// The type of the result.
    public let result: GoType
    /// Whether the function may fail.
    public let canFail: Bool

    /// Makes a signature.
    public init(_ parameters: [GoType], variadic: GoType? = nil, returns result: GoType, canFail: Bool = false) {
        self.parameters = parameters
        self.variadic = variadic
        self.result = result
        self.canFail = canFail
    }

    /// The type of the argument at `index`, which exists.
    func parameter(_ index: Int) -> GoType {
        index < parameters.count ? parameters[index] : variadic ?? .any
    }

    /// As messages and `%T` show it: `func(string, ...int) string`.
    public var description: String {
        let inputs = parameters.map(\.description) + (variadic.map { ["...\($0)"] } ?? [])
        return "func(" + inputs.joined(separator: ", ") + ") " + (canFail ? "(\(result), error)" : result.description)
    }
}
