/// A part of an expression that has a value of its own: what an explanation evaluates one by one.
public struct ExpressionOperand: Hashable, Sendable {
    /// What a part is for.
    public enum Kind: Hashable, Sendable {
        /// Its operands are compared: `>`, `==`.
        case comparison(String)
        /// Its operands are sets of series: `and`, `or`, `unless`.
        case set(String)
        /// Its operands are computed with: `+`, `/`.
        case arithmetic(String)
        /// Series as they are stored.
        case selector
        /// Anything else: a function, an aggregation, a number. Its parts are the selectors in it.
        case other
    }

    /// What the part is for.
    public var kind: Kind
    /// The part as its author would write it.
    public var text: String
    /// What is evaluated to see the part's series, in the language of the expression.
    public var query: String
    /// The parts of it, in their order.
    public var parts: [ExpressionOperand]

    /// Creates a part. Without a query, its text is evaluated.
    public init(_ kind: Kind, text: String, query: String? = nil, parts: [ExpressionOperand] = []) {
        self.kind = kind
        self.text = text
        self.query = query ?? text
        self.parts = parts
    }
}
