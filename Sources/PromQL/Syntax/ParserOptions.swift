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

    /// The whole language, experimental parts included.
    public static var everything: ParserOptions {
        var options = ParserOptions()
        options.experimentalFunctions = true
        options.extendedRangeSelectors = true
        options.fillModifiers = true
        return options
    }
}
