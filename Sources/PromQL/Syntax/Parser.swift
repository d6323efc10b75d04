/// Which switched-off parts of the language a parser accepts.
public struct ParserOptions: Hashable, Sendable {
    /// Experimental functions and aggregations (`promql-experimental-functions`).
    public var experimentalFunctions = false
    /// `anchored` and `smoothed` (`promql-extended-range-selectors`).
    public var extendedRangeSelectors = false
    /// `fill`, `fill_left`, `fill_right` (`promql-binop-fill-modifiers`).
    public var fillModifiers = false
    /// Duration expressions; on by default since Prometheus 3.14.
    public var durationExpressions = true

    /// The stable language.
    public init() {}
}

/// What is wrong with an expression.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The message without its place.
    public var message: String
    /// Where, as UTF-8 byte offsets in the text.
    public var range: SourceRange
    /// From 1.
    public var line: Int
    /// From 1, in bytes.
    public var column: Int
    /// `LINE:COLUMN: parse error: MESSAGE`, as Prometheus prints it.
    public var description: String { "\(line):\(column): parse error: \(message)" }
}

/// All that is wrong with an expression; at least one error.
public struct ParseErrors: Error, Hashable, Sendable, CustomStringConvertible {
    public var errors: [ParseError]
    /// The first error's text.
    public var description: String { errors.first?.description ?? "unknown parse error" }
}
