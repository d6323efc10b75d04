/// An expression that was read once and can be evaluated any number of times, at any times and in any source.
public struct PreparedQuery: Sendable {
    /// What the expression was read from; it gives annotations their `(line:column)`. Empty if that is not known.
    public let text: String
    /// What is evaluated.
    public let expression: Expression

    /// An expression that came about in another way than by ``PromQLEngine/prepare(_:)``.
    public init(_ expression: Expression, text: String = "") {
        self.text = text
        self.expression = expression
    }
}
