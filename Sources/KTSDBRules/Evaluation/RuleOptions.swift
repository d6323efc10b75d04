/// How rules are evaluated: what the configuration and the flags of a server say of all groups.
public struct RuleOptions: Sendable {
    /// The language of the expressions.
    public var language: any RuleLanguage = PromQLRuleLanguage()
    /// Expands the templates of labels and annotations. By default they stay as they are written;
    /// ``GoRuleTemplates`` expands them as Prometheus does.
    public var templates: any RuleTemplates = UnexpandedTemplates()
    /// What templates can read of the server.
    public var environment = RuleTemplateEnvironment()
    /// How far back the queries of groups look that say nothing themselves.
    public var queryOffset: Duration = .zero
    /// An alert is sent again when more than this has passed.
    public var resendDelay: Duration = .seconds(60)
    /// How alerts without a record are restored after a start.
    public var restorer = ActivityRestorer()
    /// How many rules of a group may be evaluated at the same time, if none reads what another one makes.
    public var concurrentRules = 1
    /// Who takes note of how long evaluations take; nil for nobody.
    public var timings: (any RuleTimings)?
    /// What no rule may exceed.
    public var bounds = RuleBounds()

    /// The defaults of Prometheus.
    public init() {}
}
