public import KTSDBModel

/// One series of a rule's result: its labels and its value at the time of the evaluation.
public struct RuleSample: Hashable, Sendable {
    /// The labels of the series, with the metric name unless the expression removed it.
    public var labels: Labels
    /// The value; 0 for a histogram.
    public var value: Double
    /// The native histogram; nil if the value is a float.
    public var histogram: Histogram?

    /// Creates a sample.
    public init(labels: Labels, value: Double, histogram: Histogram? = nil) {
        self.labels = labels
        self.value = value
        self.histogram = histogram
    }
}
