/// Why a template cannot be parsed or executed.
///
/// The description is Go's text: `template: NAME:LINE: …` from parsing, and from the execution
/// `template: NAME:LINE:COLUMN: executing "NAME" at <EXPRESSION>: …`.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// When the error was found.
    public enum Stage: Hashable, Sendable {
        case parsing, execution
    }

    /// A limit of ``TemplateLimits`` that was reached.
    public enum Limit: String, Hashable, Sendable {
        case sourceBytes, parseDepth, steps, outputBytes, textBytes, callDepth, executionDepth
    }

    /// When the error was found.
    public let stage: Stage
    /// The text without the place.
    public let message: String
    /// The text with the place.
    public let description: String
    /// Where it is; nil if the template as a whole is at fault.
    public let position: SourcePosition?
    /// The limit that was reached; nil for all other errors.
    public let limit: Limit?
}
