package import GoTemplate

/// Escapes the output of actions in templates of HTML pages.
package enum TemplateEscaping {
    /// The type of a text that is HTML already and is not escaped.
    static let htmlType = GoNamedType("template.HTML", .string)
    /// The function that each action's value passes through.
    package static let name = "_html_template_htmlescaper"

    /// The functions that HTML templates have besides those of other templates.
    package static let functions: TemplateFunctions = [
        name: GoFunction([.any], returns: .string) { arguments in
            if case .named(let type, let value) = arguments[0], type == htmlType { return value }
            if case .none = arguments[0] { return "" }
            if case .null = arguments[0] { return "" }
            return .text(GoFormat.htmlEscaped(GoFormat.text("%v", arguments[0])))
        }
    ]
}
