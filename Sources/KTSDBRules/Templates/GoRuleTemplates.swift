internal import GoTemplate
internal import Synchronization

/// Expands templates as Prometheus does: Go's text templates with its functions.
///
/// Parsed texts are cached, since a text is expanded for each series at each evaluation. Any number of threads can use
/// it at once.
public final class GoRuleTemplates: RuleTemplates {
    /// The definitions of the variables that every text can use, as Prometheus puts them before it.
    private static let definitions =
        "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}"
        + "{{$value := .Value}}"

    /// The most parsed texts that are cached. The cache is emptied when it is full.
    private static let cacheLimit = 10_000

    private struct Key: Hashable {
        var name: String, text: String
    }

    private let cache = Mutex<[Key: RuleTemplateExecution]>([:])
    private let limits: TemplateLimits

    /// Creates an expander with the default limits of templates.
    public init() { limits = TemplateLimits() }

    /// Returns the text with everything in `{{…}}` replaced.
    public func expand(_ text: String, with data: RuleTemplateData) throws -> String {
        try execution(of: text, name: data.name)
            .execute(.object(RuleTemplateObject(data)), data, missingKey: .zero)
    }

    /// Returns why a text cannot be parsed; nil if it can. Nothing is executed.
    public func check(_ text: String, name: String) -> String? {
        do throws(TemplateError) {
            _ = try Template.parse(
                name: name, text: Self.definitions + text, functions: RuleTemplateExecution.functions, limits: limits)
            return nil
        } catch { return error.description }
    }

    private func execution(of text: String, name: String) throws -> RuleTemplateExecution {
        let key = Key(name: name, text: text)
        if let known = cache.withLock({ $0[key] }) { return known }
        let template = try RuleTemplateExecution.parse(Self.definitions + text, name: name, limits: limits)
        let execution = RuleTemplateExecution(
            template, name: name, limits: limits, isBound: PrometheusFunctions.mayDependOnEvaluation(text))
        cache.withLock { cache in
            if cache.count >= Self.cacheLimit { cache.removeAll() }
            cache[key] = execution
        }
        return execution
    }
}

/// The data of a rule's template: `.Labels`, `.ExternalLabels`, `.ExternalURL` and `.Value`; also `.FiredValue` and
/// `.ResolvedValue`, which are not printed with the others, since Prometheus does not have them.
private struct RuleTemplateObject: GoObject {
    let fields: [GoField]
    private let values: AlertValues

    init(_ data: RuleTemplateData) {
        let value: GoValue = data.histogram.map { .object(TemplateHistogram(histogram: $0)) } ?? .float(data.value)
        fields = [
            GoField("Labels", .map(GoMap(labels: data.labels))),
            GoField("ExternalLabels", .map(GoMap(labels: data.environment.externalLabels))),
            GoField("ExternalURL", .text(data.environment.externalURL)), GoField("Value", value),
        ]
        values = data.alertValues
    }

    func field(_ name: String) -> GoValue? {
        switch name {
        case AlertValues.firedField: values.fired.map { .float($0) } ?? .null(.any)
        case AlertValues.resolvedField: values.resolved.map { .float($0) } ?? .null(.any)
        default: fields.first { $0.name == name }?.value
        }
    }

    var typeName: String {
        "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"
    }
}
