public import KTSDBModel

/// Expands the templates in the labels and annotations of alerting rules.
///
/// A protocol, so that the state machines and their tests need no template language.
public protocol RuleTemplates: Sendable {
    /// Returns the text with everything in `{{…}}` replaced.
    /// - Throws: An error whose description says why the text cannot be expanded, in the words of Go's templates.
    func expand(_ text: String, with data: RuleTemplateData) throws -> String
}

/// What a template can read.
public struct RuleTemplateData: Sendable {
    /// The name of the template, which error texts begin with: `__alert_` and the rule's name.
    public var name: String
    /// `$labels`: the labels of the sample, with the metric name if it has one.
    public var labels: Labels
    /// `$value`.
    public var value: Double
    /// `$value`, if it is a histogram.
    public var histogram: Histogram?
    /// `.FiredValue` and `.ResolvedValue`.
    public var alertValues = AlertValues()
    /// What the templates of all rules can read.
    public var environment: RuleTemplateEnvironment
    /// The time of the evaluation.
    public var time: PreciseTime
    /// Evaluates an expression at ``time``: the template function `query`.
    public var query: @Sendable (String) throws -> [RuleSample]

    /// Creates the data for one sample of a rule.
    public init(
        name: String, sample: RuleSample, environment: RuleTemplateEnvironment = .init(), time: PreciseTime,
        query: @escaping @Sendable (String) throws -> [RuleSample]
    ) {
        self.name = name
        labels = sample.labels
        value = sample.value
        histogram = sample.histogram
        self.environment = environment
        self.time = time
        self.query = query
    }
}

/// What the templates of all rules can read.
public struct RuleTemplateEnvironment: Hashable, Sendable {
    /// `$externalLabels`
    public var externalLabels: Labels
    /// `$externalURL`
    public var externalURL: String

    /// Creates an environment.
    public init(externalLabels: Labels = Labels(), externalURL: String = "") {
        self.externalLabels = externalLabels
        self.externalURL = externalURL
    }
}

extension RuleTemplates {
    /// Returns the expanded text, or a text with the error if expansion fails or the result has more than `limit`
    /// bytes. An alert with an error in its text is better than no alert.
    func text(_ text: String, with data: RuleTemplateData, limit: Int) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        do {
            let expanded = try expand(text, with: data)
            guard expanded.utf8.count > limit else { return expanded }
            return "<error expanding template: the text has \(expanded.utf8.count) bytes and may have \(limit)>"
        } catch {
            return "<error expanding template: \(error)>"
        }
    }
}

/// Leaves every text as it is.
public struct UnexpandedTemplates: RuleTemplates {
    /// Creates the templates.
    public init() {}
    /// Returns `text`.
    public func expand(_ text: String, with data: RuleTemplateData) -> String { text }
}
