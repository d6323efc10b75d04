package import KTSDBModel

/// Which values of its label a matcher is about, and what is done with the series that have one of them.
///
/// A matcher that does not match the empty value keeps the series that have one of the values that it matches. One that
/// does match it, as `x!="a"`, drops the series that have one of the values that it does *not* match: all others stay,
/// series without the label among them.
package struct TermSelection {
    enum Values {
        /// These.
        case listed([[UInt8]])
        /// Those that this accepts.
        case accepted(ValueCondition)
    }

    let matcher: LabelMatcher
    let name: [UInt8]
    /// Whether series with one of the values are kept; otherwise they are dropped.
    let keeps: Bool
    let values: Values

    package init(_ matcher: LabelMatcher) {
        self.matcher = matcher
        name = Array(matcher.name.utf8)
        keeps = !matcher.matchesEmpty
        values = Self.values(matcher, keeps: keeps)
    }

    private static func values(_ matcher: LabelMatcher, keeps: Bool) -> Values {
        switch matcher.operation {
        case .equal: return keeps ? .listed([Array(matcher.value.utf8)]) : .accepted(.all)
        case .notEqual: return keeps ? .accepted(.all) : .listed([Array(matcher.value.utf8)])
        case .matches, .doesNotMatch: break
        }
        let expression = matcher.expression!
        // The values to look for are those that the pattern matches, or else those that it does not match; the empty
        // value, which no label has, is among the others.
        let looksForMatches = (matcher.operation == .matches) == keeps
        guard looksForMatches else {
            if expression.matchesEverything { return .listed([]) }
            return .accepted(ValueCondition(prefix: [], matcher: matcher, expected: keeps))
        }
        if expression.matchesNonEmpty { return .accepted(.all) }
        if let literals = expression.literalSet { return .listed(literals.map { Array($0.utf8) }) }
        let prefix = Array(expression.literalPrefix.utf8)
        return .accepted(ValueCondition(prefix: prefix, matcher: matcher, expected: keeps))
    }
}
