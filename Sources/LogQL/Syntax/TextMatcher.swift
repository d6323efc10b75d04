public import KTSDBModel

/// A comparison of a label's value with a text: in selectors, in label filters, in `drop` and `keep`.
///
/// A label that a line does not have is the empty text.
public struct TextMatcher: Hashable, Sendable {
    /// The label's name.
    public let name: String
    /// How the value is compared.
    public let operation: LabelMatcher.Operation
    /// The text, or the pattern of a regular expression.
    public let value: String
    /// The compiled pattern of `=~` and `!~`: anchored at both ends, and `.` does not match a newline.
    public let expression: RegularExpression?

    /// Creates a matcher.
    /// - Throws: ``/KTSDBModel/RegularExpressionError`` if the operation is `=~` or `!~` and `value` is not a valid
    ///   pattern.
    public init(
        _ name: String, _ operation: LabelMatcher.Operation, _ value: String
    ) throws(RegularExpressionError) {
        self.name = name
        self.operation = operation
        self.value = value
        switch operation {
        case .equal, .notEqual: expression = nil
        case .matches, .doesNotMatch: expression = try RegularExpression(value, dotMatchesNewline: false)
        }
    }

    /// Whether a value passes.
    public func matches(_ text: Span<UInt8>) -> Bool {
        switch operation {
        case .equal: text.isEqual(to: value.utf8.span)
        case .notEqual: !text.isEqual(to: value.utf8.span)
        case .matches: expression?.matchesWhole(text) ?? false
        case .doesNotMatch: !(expression?.matchesWhole(text) ?? true)
        }
    }

    /// Whether names, operations and texts are the same.
    public static func == (a: TextMatcher, b: TextMatcher) -> Bool {
        a.name == b.name && a.operation == b.operation && a.value == b.value
    }

    /// Hashes the name, the operation and the text.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(operation)
        hasher.combine(value)
    }
}
