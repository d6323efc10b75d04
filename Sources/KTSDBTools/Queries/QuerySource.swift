package import KTSDBModel

/// A source of query answers: a server, or the directory of a database.
package protocol QuerySource {
    /// Evaluates an expression at one time.
    func value(of expression: String, at time: Timestamp) throws(QueryProblem) -> Queried<QueriedValue>
    /// Evaluates an expression at each step of a range.
    func values(
        of expression: String, over range: ClosedRange<Timestamp>, step: Duration
    ) throws(QueryProblem) -> Queried<QueriedValue>
    /// Returns the series that match one of the selectors. Without `start` or `end`, the source chooses that end of the
    /// range.
    func series(
        _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[QueriedLabels]>
    /// Returns the values of a label in the series that match one of the selectors; in all series, if there are no
    /// selectors.
    func labelValues(
        _ name: String, _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[String]>
    /// The time that is used if none is given.
    var preset: Timestamp { get }
}

/// An answer with its annotations.
package struct Queried<Value: Sendable>: Sendable {
    package var value: Value
    package var warnings: [String] = []
    package var infos: [String] = []
}
