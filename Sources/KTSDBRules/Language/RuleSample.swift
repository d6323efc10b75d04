public import KTSDBModel

/// One series of a rule's result: its labels and its value at the time of the evaluation.
public struct RuleSample: Hashable, Sendable {
    /// The series' labels, the metric's name among them unless the expression took it away.
    public var labels: Labels
    /// The value; 0 for a histogram.
    public var value: Double
    /// The value, if it is a native histogram.
    public var histogram: Histogram?

    /// Creates a sample.
    public init(labels: Labels, value: Double, histogram: Histogram? = nil) {
        self.labels = labels
        self.value = value
        self.histogram = histogram
    }
}
