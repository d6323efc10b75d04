internal import GoTemplate
internal import Synchronization

/// Expands templates as Prometheus does: Go's text templates with its functions.
///
/// A text is parsed once and kept, since it is expanded for each series at each evaluation. Safe for use by any number
/// of threads at once.
public final class GoRuleTemplates: RuleTemplates {
    /// What the variables are made of that every text can use.
    private static let definitions =
        "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}"
        + "{{$value := .Value}}"

    /// Parsed texts that are kept; when there are more, all are forgotten.
    private static let cacheLimit = 10_000

    private struct Key: Hashable {
        var name: String, text: String
    }

    private let cache = Mutex<[Key: RuleTemplateExecution]>([:])
    private let limits: TemplateLimits

    /// Creates an expander within the limits of templates.
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
