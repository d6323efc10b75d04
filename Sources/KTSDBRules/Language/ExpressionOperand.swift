/// A part of an expression that has a value of its own. An explanation evaluates each of them.
public struct ExpressionOperand: Hashable, Sendable {
    /// The kind of a part.
    public enum Kind: Hashable, Sendable {
        /// A comparison of its operands: `>`, `==`.
        case comparison(String)
        /// A set operation on its operands: `and`, `or`, `unless`.
        case set(String)
        /// Arithmetic on its operands, such as `+` and `/`, or a comparison with `bool`.
        case arithmetic(String)
        /// A selector of stored series.
        case selector
        /// Anything else: a function, an aggregation, a number. Its parts are the selectors in it.
        case other
    }

    /// The kind of the part.
    public var kind: Kind
    /// The part as its author would write it.
    public var text: String
    /// The query that returns the part's series, in the language of the expression.
    public var query: String
    /// The parts of this part, in their order.
    public var parts: [ExpressionOperand]

    /// Creates a part. The query is the text unless it is given.
    public init(_ kind: Kind, text: String, query: String? = nil, parts: [ExpressionOperand] = []) {
        self.kind = kind
        self.text = text
        self.query = query ?? text
        self.parts = parts
    }
}
