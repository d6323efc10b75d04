package import GoTemplate

/// Templates of HTML pages: what an action writes is escaped.
package enum TemplateEscaping {
    /// Text that is HTML already.
    static let htmlType = GoNamedType("template.HTML", .string)
    /// The function that each action's value passes through.
    package static let name = "_html_template_htmlescaper"

    /// The functions that HTML templates have in addition.
    package static let functions: TemplateFunctions = [
        name: GoFunction([.any], returns: .string) { arguments in
            if case .named(let type, let value) = arguments[0], type == htmlType { return value }
            if case .none = arguments[0] { return "" }
            if case .null = arguments[0] { return "" }
            return .text(GoFormat.htmlEscaped(GoFormat.text("%v", arguments[0])))
        }
    ]
}
