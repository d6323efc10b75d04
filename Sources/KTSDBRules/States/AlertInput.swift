/// What an evaluation of an alerting rule needs from outside: texts, and what the rule's series are.
public struct AlertInput {
    /// Turns a label or annotation of the rule into the text for one sample. It never fails: an error becomes a text.
    public var expand: (_ text: String, _ sample: RuleSample, _ values: AlertValues) -> String
    /// Returns the series that the rule is about. It is asked for only when an alert is not given any more, since it
    /// takes another query.
    public var subjects: () throws(RuleError) -> AlertSubjects

    /// Creates an input. Without `subjects`, nothing is known of them.
    public init(
        expand: @escaping (_ text: String, _ sample: RuleSample, _ values: AlertValues) -> String,
        subjects: @escaping () throws(RuleError) -> AlertSubjects = { .unknown }
    ) {
        self.expand = expand
        self.subjects = subjects
    }
}
