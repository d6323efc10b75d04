package import GoTemplate
internal import KTSDBModel

/// A parsed template with Prometheus' functions. Its errors have Prometheus' texts.
package struct RuleTemplateExecution {
    let template: Template
    let name: String
    let limits: TemplateLimits
    /// Whether the template may call functions that depend on the evaluation. Most templates do not, and take half the
    /// time.
    let isBound: Bool

    package init(_ template: Template, name: String, limits: TemplateLimits, isBound: Bool = true) {
        self.template = template
        self.name = name
        self.limits = limits
        self.isBound = isBound
    }

    /// All functions by their signatures, for parsing.
    static let functions = PrometheusFunctions.pure.merging(
        PrometheusFunctions.bound(
            to: RuleTemplateData(
                name: "", sample: RuleSample(labels: [:], value: 0), time: PreciseTime(nanoseconds: 0),
                query: { _ in [] }
            )))

    /// Returns the parsed template of a text. `functions` are added to Prometheus' functions.
    /// - Throws: `GoError` if the text cannot be parsed.
    package static func parse(
        _ text: String, name: String, functions: TemplateFunctions = [:], limits: TemplateLimits
    ) throws -> Template {
        do throws(TemplateError) {
            return try Template.parse(
                name: name, text: text, functions: Self.functions.merging(functions), limits: limits)
        } catch { throw GoError("error parsing template \(name): \(error.description)") }
    }

    /// Executes the template and returns its output. `data` is what the functions of the evaluation read.
    /// - Throws: `GoError` if the execution fails.
    package func execute(_ dot: GoValue, _ data: RuleTemplateData, missingKey: MissingKey) throws -> String {
        do throws(TemplateError) {
            let template = isBound ? template.with(PrometheusFunctions.bound(to: data)) : template
            return try template.execute(dot, missingKey: missingKey, limits: limits).description
        } catch { throw GoError("error executing template \(name): \(error.description)") }
    }
}
