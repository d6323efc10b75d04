/// What an evaluation of an alerting rule needs besides the result of its query: expanded texts, and the rule's series.
public struct AlertInput {
    /// Returns the expanded label or annotation of the rule for one sample. It never fails: an error becomes the text.
    public var expand: (_ text: String, _ sample: RuleSample, _ values: AlertValues) -> String
    /// Returns the series that the rule is about. It is called only when an alert may have ended or the rule may have
    /// no data, since it takes another query.
    public var subjects: () throws(RuleError) -> AlertSubjects

    /// Creates an input. By default, the series of the rule are unknown.
    public init(
        expand: @escaping (_ text: String, _ sample: RuleSample, _ values: AlertValues) -> String,
        subjects: @escaping () throws(RuleError) -> AlertSubjects = { .unknown }
    ) {
        self.expand = expand
        self.subjects = subjects
    }
}
