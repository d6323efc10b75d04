internal import KTSDBModel

/// Reads matchers in the syntax of Alertmanager before 0.27: classic label names, values with or without quotes.
enum ClassicMatcherParser {
    /// Reads any number of matchers. Braces around them are optional, each by itself.
    static func matchers(_ text: String) throws(MatcherError) -> Matchers {
        var list: [Matcher] = []
        for part in parts(of: text) { list.append(try matcher(part)) }
        return Matchers(list)
    }

    /// Splits a list at the commas that are not between quotes.
    private static func parts(of text: String) -> [String] {
        var scalars = Array(text.unicodeScalars)[...]
        if scalars.first == "{" { scalars.removeFirst() }
        if scalars.last == "}" { scalars.removeLast() }
        var parts: [String] = [], part = String.UnicodeScalarView()
        var isInQuotes = false, isEscaped = false
        for scalar in scalars {
            switch scalar {
            case "," where !isInQuotes:
                parts.append(String(part))
                part = String.UnicodeScalarView()
                continue
            case "\"":
                if !isEscaped { isInQuotes.toggle() }
                isEscaped = false
            case "\\": isEscaped.toggle()
            case ",": break
            default: isEscaped = false
            }
            part.append(scalar)
        }
        let last = trimmed(part[...]) { $0.properties.isWhitespace }
        return last.isEmpty ? parts : parts + [String(String.UnicodeScalarView(last))]
    }

    private static func trimmed(
        _ text: Substring.UnicodeScalarView, _ isBlank: (Unicode.Scalar) -> Bool
    ) -> Substring.UnicodeScalarView {
        var rest = text.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    /// Reads one matcher: a name, an operator, a value.
    static func matcher(_ text: String) throws(MatcherError) -> Matcher {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { "\t\n\u{0C}\r ".unicodeScalars.contains(scalar) }
        var rest = text.unicodeScalars[...].drop(while: isBlank)
        let name = rest.prefix { $0.isASCII && ($0.properties.isAlphabetic || $0 == "_" || $0 == ":" || isDigit($0)) }
        guard let first = name.first, !isDigit(first) else { throw MatcherError("bad matcher format: \(text)") }
        rest = rest.dropFirst(name.count).drop(while: isBlank)
        guard let operation = operation(at: &rest) else { throw MatcherError("bad matcher format: \(text)") }
        let value = try unescaped(Array(trimmed(rest, isBlank)))
        do throws(RegularExpressionError) {
            return try Matcher(String(name), operation, value)
        } catch {
            throw MatcherError(error.description)
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func operation(at rest: inout Substring.UnicodeScalarView) -> Matcher.Operation? {
        for operation in [Matcher.Operation.matches, .equal, .notEqual, .doesNotMatch]
        where rest.starts(with: operation.text.unicodeScalars) {
            rest = rest.dropFirst(operation.text.unicodeScalars.count)
            return operation
        }
        return nil
    }

    /// Removes the quotes and the escapes `\"`, `\n` and `\\`; any other backslash is literal.
    private static func unescaped(_ raw: [Unicode.Scalar]) throws(MatcherError) -> String {
        let isQuoted = raw.first == "\""
        let inner = raw.dropFirst(isQuoted ? 1 : 0)
        var value = String.UnicodeScalarView()
        var isEscaped = false, endsInQuote = false
        for (index, scalar) in zip(inner.indices, inner) {
            let isLast = index == inner.endIndex - 1
            if isEscaped {
                isEscaped = false
                if scalar != "n" && scalar != "\"" && scalar != "\\" { value.append("\\") }
                value.append(scalar == "n" ? "\n" : scalar)
            } else if scalar == "\\", !isLast {
                isEscaped = true
            } else if scalar == "\"" {
                guard isQuoted, isLast else { throw unescapedQuote(raw) }
                endsInQuote = true
            } else {
                value.append(scalar)
            }
        }
        guard endsInQuote == isQuoted else { throw unescapedQuote(raw) }
        return String(value)
    }

    private static func unescapedQuote(_ raw: [Unicode.Scalar]) -> MatcherError {
        MatcherError("matcher value contains unescaped double quote: \(String(String.UnicodeScalarView(raw)))")
    }
}
