/// While an alert fires that matches `source`, alerts that match `target` and have the same values of the `equal`
/// labels are not notified about. ``Inhibitor`` applies the rules.
package struct InhibitionRule: Hashable, Sendable {
    package var name: String
    package var source: Matchers
    package var target: Matchers
    /// Labels whose values must be the same; missing on both sides counts as the same.
    package var equal: [String]

    package init(name: String = "", source: Matchers, target: Matchers, equal: [String]) {
        self.name = name
        self.source = source
        self.target = target
        self.equal = equal
    }

    /// Creates a rule from its configuration.
    /// - Throws: ``MatcherError`` if a pattern of `source_match_re` or `target_match_re` is invalid.
    package init(_ configuration: InhibitionRuleConfiguration) throws(MatcherError) {
        self.init(
            name: configuration.name,
            source: try Matchers(
                match: configuration.sourceMatch, matchRE: configuration.sourceMatchRE,
                matchers: configuration.sourceMatchers),
            target: try Matchers(
                match: configuration.targetMatch, matchRE: configuration.targetMatchRE,
                matchers: configuration.targetMatchers),
            equal: configuration.equal)
    }
}
