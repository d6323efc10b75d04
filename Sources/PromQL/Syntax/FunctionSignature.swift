/// What a function takes and gives: the part of a function that the parser knows.
public struct FunctionSignature: Hashable, Sendable {
    /// The function's name.
    public var name: String
    /// The types of the arguments; the last one may repeat or be left out, see `variadic`.
    public var argumentTypes: [ValueType]
    /// 0: exactly the arguments listed; n > 0: up to n of the last ones may be left out or added, as in Prometheus'
    /// table; -1: the last one any number of times, none included.
    public var variadic: Int
    public var returnType: ValueType
    /// Whether it needs the feature `promql-experimental-functions`.
    public var isExperimental: Bool
}
