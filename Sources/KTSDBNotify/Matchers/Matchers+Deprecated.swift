internal import KTSDBModel

extension Matchers {
    /// Combines the old forms `match` and `match_re` with matchers. Patterns show their anchors, as in Alertmanager's
    /// keys.
    package init(
        match: KeyValues, matchRE: KeyValues, matchers: Matchers
    ) throws(MatcherError) {
        var list = match.pairs.map { Matcher($0.name, equals: $0.value) }
        for pair in matchRE.pairs {
            do throws(RegularExpressionError) {
                list.append(try Matcher(pair.name, .matches, "^(?:\(pair.value))$"))
            } catch {
                throw MatcherError(error.description)
            }
        }
        self.init(list + matchers.list)
    }
}
