package import KTSDBModel

/// What can be asked: a server or the directory of a database.
package protocol QuerySource {
    /// Evaluates an expression at one time.
    func value(of expression: String, at time: Timestamp) throws(QueryProblem) -> Queried<QueriedValue>
    /// Evaluates an expression at each step of a range.
    func values(
        of expression: String, over range: ClosedRange<Timestamp>, step: Duration
    ) throws(QueryProblem) -> Queried<QueriedValue>
    /// The series that match one of the selectors; `nil` for an end of the range is the earliest or latest time.
    func series(
        _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[QueriedLabels]>
    /// The values of a label in the series that match one of the selectors, or in all series.
    func labelValues(
        _ name: String, _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[String]>
    /// The time that is meant if no time is given.
    var preset: Timestamp { get }
}

/// An answer with what is to be noted about it.
package struct Queried<Value: Sendable>: Sendable {
    package var value: Value
    package var warnings: [String] = []
    package var infos: [String] = []
}
