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
        package var text: String {
            switch self {
            case .equal: "="
            case .notEqual: "!="
            case .matches: "=~"
            case .doesNotMatch: "!~"
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

    /// The label's name.
    package let name: String
    /// How the value is compared.
    package let operation: Operation
    /// The value, or the pattern of a regular expression.
    package let value: String
    let expression: RegularExpression?

    /// Creates a matcher.
    /// - Throws: ``RegularExpressionError`` about `^(?:VALUE)$`, as Go has it, if `value` is no valid pattern.
    package init(_ name: String, _ operation: Operation, _ value: String) throws(RegularExpressionError) {
        self.name = name
        self.operation = operation
        self.value = value
        expression = operation.isRegularExpression ? try Self.anchored(value) : nil
    }

    /// A label with exactly this value.
    package init(_ name: String, equals value: String) {
        self.name = name
        operation = .equal
        self.value = value
        expression = nil
    }

    /// Compiles a pattern as Alertmanager does, between `^(?:` and `)$`: so are errors about it, and `a)(?:b` is valid.
    private static func anchored(_ pattern: String) throws(RegularExpressionError) -> RegularExpression {
        let whole = try RegularExpression("^(?:\(pattern))$", dotMatchesNewline: false)
        // The bare pattern says which literals it consists of.
        return (try? RegularExpression(pattern, dotMatchesNewline: false)) ?? whole
    }

    /// Whether a label with this value matches; pass an empty span for a label that is not there.
    package func matches(_ bytes: Span<UInt8>) -> Bool {
        switch operation {
        case .equal: isEqual(bytes)
        case .notEqual: !isEqual(bytes)
        case .matches: expression!.matchesWhole(bytes)
        case .doesNotMatch: !expression!.matchesWhole(bytes)
        }
    }

    /// Whether a label with this value matches.
    package func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return matches(bytes.span)
    }

    /// Whether alerts with these labels match.
    package func matches(_ labels: Labels) -> Bool {
        guard let range = labels.valueRange(of: name) else { return matchesEmpty }
        let bytes = labels.stringForm
        return matches(bytes.span.extracting(range))
    }

    /// Whether alerts without the label match.
    package var matchesEmpty: Bool { matches([UInt8]().span) }

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
