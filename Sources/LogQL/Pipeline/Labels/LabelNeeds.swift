/// Which labels of a line a query uses, so that parsers can leave out the others.
///
/// A query's answer may depend on it: parsing ends as soon as all labels that are needed have been found, and what is
/// malformed after them is not an error.
public enum LabelNeeds: Sendable {
    /// Log queries, and metric queries whose series have the labels of the lines.
    case all
    /// `sum(count_over_time(…))`: no label but those that stages of the pipeline use.
    case none
    /// `sum by (a, b) (…)`: these labels, and those that stages of the pipeline use.
    case only([String])
}
