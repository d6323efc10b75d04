/// What happens to alerts whose series no longer exist. Prometheus resolves them.
///
/// A rule sets its policy with a label or an annotation, since Prometheus' rule files have no key for it:
///
/// ```yaml
/// annotations: {ktsdb_on_no_data: keep}
/// ```
public enum NoDataPolicy: String, Hashable, Sendable, CaseIterable {
    /// They are resolved, as in Prometheus.
    case resolve
    /// They keep their state until there is data again, however long that takes: firing alerts stay firing, pending
    /// ones stay pending. If the rule would then have more than ``RuleBounds/alerts`` alerts, the oldest kept ones are
    /// dropped as in ``resolve``.
    case keep
    /// They keep their state, and if the rule has no data at all, it has an alert that says so.
    case alert

    /// The name of the label or annotation.
    public static let name = "ktsdb_on_no_data"
    /// The label of the alert about missing data. Its value is `true`.
    public static let alertLabel = "ktsdb_no_data"
}

extension AlertingRule {
    /// What happens to alerts without data. The annotation takes precedence over the label. An unknown value counts as
    /// ``NoDataPolicy/resolve``; a rule file with an unknown value is refused.
    public var noDataPolicy: NoDataPolicy {
        (annotations[NoDataPolicy.name] ?? labels[NoDataPolicy.name]).flatMap(NoDataPolicy.init) ?? .resolve
    }
}
