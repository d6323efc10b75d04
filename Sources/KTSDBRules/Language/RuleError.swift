/// Why the evaluation of a rule gave nothing. Nothing was stored then, unless it is ``storage(_:)``.
@nonexhaustive
public enum RuleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The query failed, in the words of its language.
    case query(String)
    /// The expression gives a text or a range of samples.
    case notVector
    /// Two series have the same labels after the alerting rule's labels were applied. Alerts stay as they are.
    case duplicateAlert
    /// Two series have the same labels after the recording rule's labels were applied.
    case duplicateSeries
    /// The rule gives more than its group's limit. An alerting rule forgets all of its alerts.
    case limit(Int, found: Int, isAlerting: Bool)
    /// The rule gives more alerts than ktsdb keeps of any rule. Alerts stay as they are.
    case tooManyAlerts(Int, found: Int)
    /// A label that a template made is longer than labels can be.
    case labelTooLong(String)
    /// The results could not be stored; alerts have changed and are sent nevertheless.
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
