// Actions as messages show them: in one form, whatever blanks are in the template.

extension TemplatePipeline: CustomStringConvertible {
    /// Commands with ` | ` between them, after the variables.
    public var description: String {
        let names = variables.map(\.description).joined(separator: ", ")
        let declaration = variables.isEmpty ? "" : names + (isAssignment ? " = " : " := ")
        return declaration + commands.map(\.description).joined(separator: " | ")
    }
}

extension TemplateCommand: CustomStringConvertible {
    /// Operands with blanks between them; pipelines are in parentheses.
    public var description: String { operands.map(\.argumentDescription).joined(separator: " ") }
}

extension TemplateCall: CustomStringConvertible {
    /// The action as a whole.
    public var description: String {
        "{{template \(GoQuoting.quoted(name))" + (pipeline.map { " \($0)" } ?? "") + "}}"
    }
}

extension TemplateOperand: CustomStringConvertible {
    /// A pipeline is shown without its parentheses.
    public var description: String {
        switch kind {
        case .bool(let value): value ? "true" : "false"
        case .string(_, let literal): literal
        case .number(let number): number.text
        case .null: "nil"
        case .dot: "."
        case .field(let names): names.map { "." + $0 }.joined()
        case .variable(let name, let fields): ([name] + fields).joined(separator: ".")
        case .chain(let operand, let fields):
            operand.argumentDescription + fields.map { "." + $0 }.joined()
        case .function(let name): name
        case .pipeline(let pipeline): pipeline.description
        }
    }

    /// A pipeline is shown in parentheses.
    var argumentDescription: String {
        if case .pipeline = kind { return "(\(self.description))" }
        return description
    }
}
