/// What becomes of alerts whose series are gone: Prometheus takes them to be over.
///
/// A rule says it with a label or an annotation, since Prometheus' files have no key for it:
///
/// ```yaml
/// annotations: {ktsdb_on_no_data: keep}
/// ```
public enum NoDataPolicy: String, Hashable, Sendable, CaseIterable {
    /// They are over, as in Prometheus.
    case resolve
    /// They stay as they are until there is data again, however long that takes: firing ones fire, pending ones wait.
    /// If there are more than ``RuleBounds/alerts`` with those that the expression gives, the oldest are over.
    case keep
    /// They stay as they are, and if the rule has no data at all, it has an alert that says so.
    case alert

    /// The name of the label or annotation.
    public static let name = "ktsdb_on_no_data"
    /// The label that the alert about missing data has, with the value `true`.
    public static let alertLabel = "ktsdb_no_data"
}

extension AlertingRule {
    /// What becomes of alerts without data; the annotation takes precedence over the label. An unknown value counts as
    /// ``NoDataPolicy/resolve``; rule files with one are refused.
    public var noDataPolicy: NoDataPolicy {
        (annotations[NoDataPolicy.name] ?? labels[NoDataPolicy.name]).flatMap(NoDataPolicy.init) ?? .resolve
    }
}
