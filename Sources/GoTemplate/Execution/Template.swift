/// A parsed template and all those that it may call: Go's `text/template`.
///
/// Parse once, execute as often as wanted, from any thread: executing changes nothing.
///
/// ```swift
/// let template = try Template.parse(name: "greeting", text: "Hello {{.name}}!")
/// let text = try template.execute(["name": "world"])
/// ```
public struct Template: Sendable {
    /// The name of the template that ``execute(_:missingKey:limits:)`` executes.
    public let name: String
    /// The templates by name: the one itself, if its text is not empty, and those it defines or was given.
    public let trees: [String: TemplateTree]
    /// The functions of the host.
    public let functions: TemplateFunctions

    /// Parses `text`.
    ///
    /// The functions must be known, since an unknown name is an error of parsing. Templates of `others` can be called,
    /// and are replaced by templates of the same name that are not empty. With `origin`, errors of execution name
    /// places in the texts that this one was made from.
    public static func parse(
        name: String, text: String, functions: TemplateFunctions = [:], including others: Template? = nil,
        limits: TemplateLimits = .init(), origin: TemplateOrigin? = nil
    ) throws(TemplateError) -> Template {
        let functions = others?.functions.merging(functions) ?? functions
        let names = Set(functions.names).union(BuiltinTable.entries.keys)
        let source = TemplateSource(name: name, text: GoString(text), origin: origin)
        var parser = TemplateParser(source, functions: names, limits: limits)
        let trees = (others?.trees ?? [:]).merging(try parser.parse()) { old, new in new.isEmpty ? old : new }
        return Template(name: name, trees: trees, functions: functions)
    }

    /// Executes the template and returns what it writes.
    public func execute(
        _ data: GoValue = .none, missingKey: MissingKey = .default, limits: TemplateLimits = .init()
    ) throws(TemplateError) -> GoString {
        try execute(name, data, missingKey: missingKey, limits: limits)
    }

    /// Executes the template that has the name `name`.
    public func execute(
        _ name: String, _ data: GoValue, missingKey: MissingKey = .default, limits: TemplateLimits = .init()
    ) throws(TemplateError) -> GoString {
        guard let tree = trees[name] else { throw .missing(name, in: self.name) }
        var executor = TemplateExecutor(self, tree, missingKey: missingKey, limits: limits)
        try executor.execute(data)
        return GoString(bytes: executor.output)
    }

    /// Executes the template with other functions of the same names, for what depends on the moment of execution.
    ///
    /// Takes less time than ``with(_:)``, which copies the table of all functions.
    public func execute(
        _ data: GoValue, calling functions: TemplateFunctions, missingKey: MissingKey = .default,
        limits: TemplateLimits = .init()
    ) throws(TemplateError) -> GoString {
        guard let tree = trees[name] else { throw .missing(name, in: name) }
        var executor = TemplateExecutor(self, tree, missingKey: missingKey, limits: limits, calling: functions)
        try executor.execute(data)
        return GoString(bytes: executor.output)
    }
}

extension TemplateError {
    fileprivate static func missing(_ name: String, in other: String) -> TemplateError {
        let message = "no template \(GoQuoting.quoted(name)) associated with template \(GoQuoting.quoted(other))"
        return TemplateError(
            stage: .execution, message: message, description: "template: \(message)", position: nil, limit: nil)
    }
}
