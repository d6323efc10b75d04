internal import KTSDBModel

/// A part of a metric query that gives a vector at each step.
///
/// Its series are numbered from 0; their labels are looked at once a series, not once a step.
protocol StepOperator: AnyObject {
    /// Returns the series that have a value at a step, each once. Steps are asked for in ascending order, each once.
    func points(at step: Int) throws(LogQLError) -> [StepPoint]

    /// The labels of a series that a point had.
    func labels(of series: Int) -> Labels
}

/// The value of a series at a step.
struct StepPoint {
    var series: Int
    var value: Double
}
