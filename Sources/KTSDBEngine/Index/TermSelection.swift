package import KTSDBModel

/// The values of a label by which a matcher selects, and whether series with one of them are kept or dropped.
///
/// A matcher that does not match the empty value keeps the series with a value that it matches. One that matches the
/// empty value, such as `x!="a"`, drops the series with a value that it does *not* match. All others stay, including
/// series without the label.
package struct TermSelection {
    enum Values {
        /// Exactly these values.
        case listed([[UInt8]])
        /// The values that the condition accepts.
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
        // The selected values are either those that the pattern matches or those that it does not match. The empty
        // value, which no label has, is never among them.
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
