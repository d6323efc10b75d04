/// A condition on one label, as in `job="api"` or `path=~"/v1/.*"`.
///
/// A missing label counts as having the empty value, so `x=""` and `x!="a"` also match series without `x`.
public struct LabelMatcher: Hashable, Sendable {
    /// The comparison of a matcher.
    public enum Operation: String, Hashable, Sendable {
        case equal = "=", notEqual = "!=", matches = "=~", doesNotMatch = "!~"
    }

    /// The label's name; `__name__` for the metric's name.
    public let name: String
    /// How the value is compared.
    public let operation: Operation
    /// The value, or the pattern of a regular expression.
    public let value: String
    /// The compiled pattern of `=~` and `!~`, anchored at both ends; `.` also matches newlines.
    public let expression: RegularExpression?

    /// Creates a matcher.
    /// - Throws: ``RegularExpressionError`` if the operation is `=~` or `!~` and `value` is not a valid pattern.
    public init(_ name: String, _ operation: Operation, _ value: String) throws(RegularExpressionError) {
        self.name = name
        self.operation = operation
        self.value = value
        switch operation {
        case .equal, .notEqual: expression = nil
        case .matches, .doesNotMatch: expression = try RegularExpression(value, dotMatchesNewline: true)
        }
    }

    private init(equality operation: Operation, _ name: String, _ value: String) {
        self.init(name, operation, value, expression: nil)
    }

    /// Creates a matcher with an expression that was compiled otherwise than PromQL does it; nil for `=` and `!=`.
    package init(_ name: String, _ operation: Operation, _ value: String, expression: RegularExpression?) {
        self.name = name
        self.operation = operation
        self.value = value
        self.expression = expression
    }

    /// Matches the metric with this name.
    public static func name(_ name: String) -> LabelMatcher { .equal("__name__", name) }
    /// Matches if the label has this value.
    public static func equal(_ name: String, _ value: String) -> LabelMatcher { .init(equality: .equal, name, value) }
    /// Matches if the label has another value, or is missing (unless `value` is empty).
    public static func notEqual(_ name: String, _ value: String) -> LabelMatcher {
        .init(equality: .notEqual, name, value)
    }
    /// Matches if the whole value matches the pattern, in RE2's syntax.
    public static func matches(_ name: String, _ pattern: String) throws(RegularExpressionError) -> LabelMatcher {
        try .init(name, .matches, pattern)
    }
    /// Matches if the whole value does not match the pattern, in RE2's syntax.
    public static func doesNotMatch(_ name: String, _ pattern: String) throws(RegularExpressionError) -> LabelMatcher {
        try .init(name, .doesNotMatch, pattern)
    }

    /// Whether a label with this value matches. Pass an empty span for a missing label.
    public func matches(_ bytes: Span<UInt8>) -> Bool {
        switch operation {
        case .equal: isEqual(bytes)
        case .notEqual: !isEqual(bytes)
        case .matches: expression!.matchesWhole(bytes)
        case .doesNotMatch: !expression!.matchesWhole(bytes)
        }
    }

    /// Does the same as `matches(_:)` within limits, since a long value with a large pattern may take long.
    package func matches(_ bytes: Span<UInt8>, limits: (any ReadLimits)?) throws(ReadError) -> Bool {
        switch operation {
        case .equal: isEqual(bytes)
        case .notEqual: !isEqual(bytes)
        case .matches: try expression!.matchesWhole(bytes, limits: limits)
        case .doesNotMatch: try !expression!.matchesWhole(bytes, limits: limits)
        }
    }

    /// Whether series without the label match.
    public var matchesEmpty: Bool { matches([UInt8]().span) }

    /// Whether a series with `labels` matches.
    public func matches(_ labels: Labels) -> Bool {
        guard let range = labels.valueRange(of: name) else { return matchesEmpty }
        let bytes = labels.bytes
        return matches(bytes.span.extracting(range))
    }

    private func isEqual(_ bytes: Span<UInt8>) -> Bool {
        let wanted = value.utf8
        guard wanted.count == bytes.count else { return false }
        var index = 0
        for byte in wanted {
            if byte != bytes[index] { return false }
            index += 1
        }
        return true
    }

    /// Whether two matchers have the same name, operation and value.
    public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
        left.name == right.name && left.operation == right.operation && left.value == right.value
    }

    /// Hashes name, operation and value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(operation)
        hasher.combine(value)
    }
}

extension LabelMatcher: CustomStringConvertible {
    /// The matcher as PromQL writes it.
    public var description: String {
        (LabelName.isLegacy(name) ? name : goQuoted(name)) + operation.rawValue + goQuoted(value)
    }
}
