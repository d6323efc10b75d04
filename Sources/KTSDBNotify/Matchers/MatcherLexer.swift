/// Takes a text of matchers apart, in the syntax that allows any UTF-8 in names.
///
/// Columns count characters from 0: the position of a token is `START:END`.
struct MatcherLexer {
    enum Kind: Hashable {
        case end, openBrace, closeBrace, comma, equal, notEqual, matches, doesNotMatch, quoted, unquoted
    }

    struct Token {
        var kind = Kind.end
        var text = ""
        var start = 0
        var end = 0
        var place: String { "\(start):\(end)" }
    }

    private let scalars: [Unicode.Scalar]
    /// Where the token begins that is being read.
    private var start = 0
    /// The next character to read.
    private(set) var position = 0
    private var failure: MatcherError?

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// Whether a character cannot be part of a text without quotes.
    static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || "{}!=~,\\\"'`".unicodeScalars.contains(scalar)
    }

    /// Reads the next token; the same error again once there was one.
    mutating func next() throws(MatcherError) -> Token {
        if let failure { throw failure }
        do throws(MatcherError) { return try scan() } catch {
            failure = error
            throw error
        }
    }

    /// Reads the next token without stepping over it.
    mutating func peek() throws(MatcherError) -> Token {
        let (savedStart, savedPosition) = (start, position)
        defer { (start, position) = (savedStart, savedPosition) }
        return try next()
    }

    private mutating func scan() throws(MatcherError) -> Token {
        while position < scalars.count {
            let scalar = scalars[position]
            switch scalar {
            case "{": return single(.openBrace)
            case "}": return single(.closeBrace)
            case ",": return single(.comma)
            case "=": return operation()
            case "!": return try negation()
            case "\"": return try quoted()
            case _ where !Self.isReserved(scalar): return unquoted()
            case _ where scalar.properties.isWhitespace:
                position += 1
                start = position
            default:
                position += 1
                throw MatcherError("\(place): \(text): invalid input")
            }
        }
        return Token()
    }

    private var place: String { "\(start):\(position)" }
    private var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<position])
        return String(view)
    }

    private mutating func emit(_ kind: Kind) -> Token {
        defer { start = position }
        return Token(kind: kind, text: text, start: start, end: position)
    }

    private mutating func single(_ kind: Kind) -> Token {
        position += 1
        return emit(kind)
    }

    private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard position < scalars.count, scalars[position] == scalar else { return false }
        position += 1
        return true
    }

    private mutating func operation() -> Token {
        position += 1
        return emit(accept("~") ? .matches : .equal)
    }

    private mutating func negation() throws(MatcherError) -> Token {
        position += 1
        if accept("=") { return emit(.notEqual) }
        if accept("~") { return emit(.doesNotMatch) }
        guard position < scalars.count else {
            throw MatcherError("\(place): unexpected end of input, expected one of '=~'")
        }
        throw MatcherError("\(place): \(text): expected one of '=~'")
    }

    private mutating func quoted() throws(MatcherError) -> Token {
        position += 1
        var isEscaped = false
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                return emit(.quoted)
            }
        }
        throw MatcherError("\(place): \(text): missing end \"")
    }

    private mutating func unquoted() -> Token {
        while position < scalars.count, !Self.isReserved(scalars[position]) { position += 1 }
        return emit(.unquoted)
    }
}
