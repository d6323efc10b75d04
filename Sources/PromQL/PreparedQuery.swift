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

extension PromQLEngine {
    /// Reads an expression with the engine's parser options, for ``query(_:at:in:overrides:)-(PreparedQuery,_,_,_)`` and
    /// its like. It takes microseconds for what people write; longer texts had better be read within limits.
    /// - Throws: ``QueryError/parse(_:)`` for what is no expression.
    public func prepare(_ text: String) throws(QueryError) -> PreparedQuery {
        PreparedQuery(try expression(text), text: text)
    }

    /// Reads an expression as ``prepare(_:)`` does, and looks at `limits` meanwhile: a long text takes a tenth of a second for each
    /// megabyte.
    /// - Throws: also what the limits say.
    public func prepare(_ text: String, limits: QueryLimits) throws(QueryError) -> PreparedQuery {
        do throws(ParseErrors) {
            return PreparedQuery(try parse(text, options: options.parser, limits: limits), text: text)
        } catch {
            try limits.checkTime()
            throw .parse(error)
        }
    }
}
