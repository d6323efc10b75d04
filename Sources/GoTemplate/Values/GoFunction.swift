/// A function that a template can call.
public struct GoFunction: Sendable {
    /// Computes the result from arguments that have the types of the signature. What it throws ends the execution, with
    /// the text of the error after `error calling NAME: `.
    public typealias Body = @Sendable ([GoValue]) throws -> GoValue

    /// What the function takes and returns.
    public let signature: GoSignature
    /// What it does.
    public let body: Body

    /// Makes a function.
    public init(
        _ parameters: [GoType], variadic: GoType? = nil, returns result: GoType, canFail: Bool = false,
        _ body: @escaping Body
    ) {
        signature = GoSignature(parameters, variadic: variadic, returns: result, canFail: canFail)
        self.body = body
    }
}
