/// A part of a template: text, or an action.
public indirect enum TemplateNode: Sendable {
    /// Text that is written as it is.
    case text(GoString)
    /// `{{pipeline}}`: the value is written, unless a variable takes it.
    case action(TemplatePipeline)
    /// `{{if}}`, `{{with}}` or `{{range}}`
    case branch(TemplateBranch)
    /// `{{template}}`, or the place of a `{{block}}`
    case call(TemplateCall)
    case breakLoop
    case continueLoop
}

/// `{{if}}`, `{{with}}` or `{{range}}`.
public struct TemplateBranch: Sendable {
    /// Which of the three.
    public enum Kind: String, Sendable {
        case `if`, with, range
    }

    /// Which of the three.
    public let kind: Kind
    /// What decides, or is iterated over.
    public let pipeline: TemplatePipeline
    /// What is executed if the value is true, or for each element.
    public let body: [TemplateNode]
    /// What is executed otherwise; nil without `{{else}}`.
    public let alternative: [TemplateNode]?
}

/// `{{template "name" pipeline}}`.
public struct TemplateCall: Sendable {
    /// The byte at which the name begins.
    public let offset: Int
    /// The name of the template that is executed.
    public let name: String
    /// What becomes its data; nil for no data.
    public let pipeline: TemplatePipeline?
}
