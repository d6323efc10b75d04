/// The answer to a query.
public struct QueryResult: Sendable {
    /// What the expression evaluated to.
    public var value: QueryValue
    /// What is probably wrong with the query or its data, each with its place as `(line:column)`; in alphabetical
    /// order.
    public var warnings: [String]
    /// What may be worth a look, in the same form.
    public var infos: [String]
    /// What the query cost.
    public var statistics: QueryStatistics
    /// The result's part of the engine's memory, taken as long as there is a copy of the result.
    var lease: MemoryLease?

    /// Creates a result.
    public init(
        value: QueryValue, warnings: [String] = [], infos: [String] = [], statistics: QueryStatistics = .init()
    ) {
        self.value = value
        self.warnings = warnings
        self.infos = infos
        self.statistics = statistics
    }
}
