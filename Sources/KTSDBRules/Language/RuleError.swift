/// Why the evaluation of a rule failed. Nothing was stored; see also ``storage(_:)``.
@nonexhaustive
public enum RuleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The query failed. The text is that of its language.
    case query(String)
    /// The expression returns a string or a range vector.
    case notVector
    /// Two series have the same labels after the alerting rule's labels were applied. Alerts stay as they are.
    case duplicateAlert
    /// Two series have the same labels after the recording rule's labels were applied.
    case duplicateSeries
    /// The rule produces more alerts or series than its group's limit. An alerting rule then forgets all its alerts.
    case limit(Int, found: Int, isAlerting: Bool)
    /// The rule produces more alerts than ktsdb keeps of one rule. Alerts stay as they are.
    case tooManyAlerts(Int, found: Int)
    /// A label that a template produced is longer than a label can be.
    case labelTooLong(String)
    /// The results could not be stored. The alerts have changed, and are sent anyway.
    case storage(String)

    /// What happened, in the words of Prometheus where it has the error.
    public var description: String {
        switch self {
        case .query(let text), .storage(let text), .labelTooLong(let text): text
        case .notVector: "rule result is not a vector or scalar"
        case .duplicateAlert: "vector contains metrics with the same labelset after applying alert labels"
        case .duplicateSeries: "vector contains metrics with the same labelset after applying rule labels"
        case .limit(let limit, let found, let isAlerting):
            "exceeded limit of \(limit) with \(found) \(isAlerting ? "alerts" : "series")"
        case .tooManyAlerts(let limit, let found):
            "the rule gives \(found) alerts and ktsdb keeps at most \(limit) of one rule; its alerts stay as they were. "
                + "Aggregate the expression to fewer series."
        }
    }
}
