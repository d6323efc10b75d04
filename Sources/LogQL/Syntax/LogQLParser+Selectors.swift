internal import KTSDBModel

extension LogQLParser {
    /// `{app="a", env!="b"}`.
    mutating func selector() throws(LogQLError) -> [TextMatcher] {
        try need(.openBrace, [])
        var matchers: [TextMatcher] = []
        if !take(.closeBrace) {
            repeat {
                matchers.append(try selectorMatcher(isFirst: matchers.isEmpty))
            } while take(.comma)
            try need(.closeBrace, [.symbol(.closeBrace), .symbol(.comma)])
        }
        let empty: [UInt8] = []
        if matchers.allSatisfy({ $0.matches(empty.span) }) { hasSelectorOfEverything = true }
        return matchers
    }

    private mutating func selectorMatcher(isFirst: Bool) throws(LogQLError) -> TextMatcher {
        let name = try need(.identifier, isFirst ? [.identifier, .symbol(.closeBrace)] : nil).text
        if !isLabelName(name) { hasQuotedNames = true }
        guard let operation = textOperation(token.kind) else {
            throw unexpected([.symbol(.assign), .symbol(.matches), .symbol(.doesNotMatch), .symbol(.notEqual)])
        }
        advance()
        return try matcher(name, operation, try needString())
    }

    /// The comparison of texts that a token is.
    func textOperation(_ kind: LogQLTokenKind) -> LabelMatcher.Operation? {
        switch kind {
        case .symbol(.assign): .equal
        case .symbol(.notEqual): .notEqual
        case .symbol(.matches): .matches
        case .symbol(.doesNotMatch): .doesNotMatch
        default: nil
        }
    }

    /// A matcher whose pattern, if it has one, compiles.
    func matcher(
        _ name: String, _ operation: LabelMatcher.Operation, _ value: String
    ) throws(LogQLError) -> TextMatcher {
        do throws(RegularExpressionError) { return try TextMatcher(name, operation, value) } catch {
            throw Self.invalid(error.description)
        }
    }
}
