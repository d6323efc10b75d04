package import KTSDBModel

/// A condition on one label, as Alertmanager has it.
///
/// A label that an alert does not have counts as having the empty value, so `a!="b"` and `a=""` also match alerts
/// without `a`. Unlike in PromQL, `.` does not match a newline.
package struct Matcher: Sendable {
    /// How a value is compared. The raw values are Alertmanager's order of matchers.
    package enum Operation: UInt8, Hashable, Sendable, CaseIterable {
        case equal, notEqual, matches, doesNotMatch

        /// The operator as it is written.
        package var text: String { comparison.rawValue }
        fileprivate var comparison: LabelMatcher.Operation {
            switch self {
            case .equal: .equal
            case .notEqual: .notEqual
            case .matches: .matches
            case .doesNotMatch: .doesNotMatch
            }
        }
        /// Whether the value is a regular expression.
        package var isRegularExpression: Bool { self == .matches || self == .doesNotMatch }
        /// Whether the label has to be as the value says, and not otherwise.
        package var isPositive: Bool { self == .equal || self == .matches }

        /// Creates an operation from the two flags that the API has.
        package init(isPositive: Bool, isRegularExpression: Bool) {
            self = isRegularExpression ? (isPositive ? .matches : .doesNotMatch) : (isPositive ? .equal : .notEqual)
        }
    }

    /// How the value is compared.
    package let operation: Operation
    /// The comparison itself, with an expression as Alertmanager compiles it.
    private let comparison: LabelMatcher

    /// The label's name.
    package var name: String { comparison.name }
    /// The value, or the pattern of a regular expression.
    package var value: String { comparison.value }
    var expression: RegularExpression? { comparison.expression }

    /// Creates a matcher.
    /// - Throws: ``RegularExpressionError`` about `^(?:VALUE)$`, as Go has it, if `value` is no valid pattern.
    package init(_ name: String, _ operation: Operation, _ value: String) throws(RegularExpressionError) {
        let expression = operation.isRegularExpression ? try Self.anchored(value) : nil
        self.operation = operation
        comparison = LabelMatcher(name, operation.comparison, value, expression: expression)
    }

    /// A label with exactly this value.
    package init(_ name: String, equals value: String) {
        operation = .equal
        comparison = .equal(name, value)
    }

    /// Compiles a pattern as Alertmanager does, between `^(?:` and `)$`: so are errors about it, and `a)(?:b` is valid.
    private static func anchored(_ pattern: String) throws(RegularExpressionError) -> RegularExpression {
        let whole = try RegularExpression("^(?:\(pattern))$", dotMatchesNewline: false)
        // The bare pattern says which literals it consists of.
        return (try? RegularExpression(pattern, dotMatchesNewline: false)) ?? whole
    }

    /// Whether a label with this value matches; pass an empty span for a label that is not there.
    package func matches(_ bytes: Span<UInt8>) -> Bool { comparison.matches(bytes) }

    /// Whether a label with this value matches.
    package func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return matches(bytes.span)
    }

    /// Whether alerts with these labels match.
    package func matches(_ labels: Labels) -> Bool { comparison.matches(labels) }

    /// Whether alerts without the label match.
    package var matchesEmpty: Bool { comparison.matchesEmpty }
}

extension Matcher: Hashable {
    /// Whether both have the same name, operation and value.
    package static func == (left: Matcher, right: Matcher) -> Bool {
        left.operation == right.operation && left.name.utf8.elementsEqual(right.name.utf8)
            && left.value.utf8.elementsEqual(right.value.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(operation)
        hasher.combine(value)
    }
}

extension Matcher: Comparable {
    /// Alertmanager's order: by name, then by value, then by operation.
    package static func < (left: Matcher, right: Matcher) -> Bool {
        if !left.name.utf8.elementsEqual(right.name.utf8) {
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        if !left.value.utf8.elementsEqual(right.value.utf8) {
            return left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
        }
        return left.operation.rawValue < right.operation.rawValue
    }
}

extension Matcher: CustomStringConvertible {
    /// The matcher as Alertmanager writes it: `name="value"`, and with the name in quotes if it needs them.
    package var description: String {
        if name.unicodeScalars.contains(where: MatcherLexer.isReserved) {
            return goQuoted(name) + operation.text + goQuoted(value)
        }
        return name + operation.text + "\"" + Self.escaped(value) + "\""
    }

    /// Escapes backslashes, newlines and quotes, as OpenMetrics does, and nothing else.
    private static func escaped(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\"": result.append(contentsOf: "\\\"".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
