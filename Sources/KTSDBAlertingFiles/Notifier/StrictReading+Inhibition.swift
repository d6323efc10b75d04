internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify

extension StrictReading {
    /// Reads an inhibition rule; nil if it is null.
    mutating func inhibitionRule(
        _ value: YAMLValue
    ) throws(ConfigurationError) -> InhibitionRuleConfiguration? {
        let before = problems.count
        guard let pairs = mapping(value, "common.plain") else { return nil }
        var rule = InhibitionRuleConfiguration()
        for (key, value, line) in pairs {
            switch key {
            case "name": rule.name = text(value) ?? ""
            case "source_match": rule.sourceMatch = self.pairs(value) ?? KeyValues()
            case "source_match_re": rule.sourceMatchRE = try patterns(value)
            case "source_matchers": rule.sourceMatchers = try matchers(value)
            case "target_match": rule.targetMatch = self.pairs(value) ?? KeyValues()
            case "target_match_re": rule.targetMatchRE = try patterns(value)
            case "target_matchers": rule.targetMatchers = try matchers(value)
            case "equal": rule.equal = texts(value) ?? []
            default: noteUnknown(key, line, "common.plain")
            }
        }
        guard problems.count == before else { return rule }
        for pair in rule.sourceMatch.pairs + rule.targetMatch.pairs where !LabelName.isLegacy(pair.name) {
            throw value.refusal("invalid label name \(goQuoted(pair.name))")
        }
        for name in rule.equal where !syntax.isLabelName(name) {
            throw value.refusal("invalid label name \(goQuoted(name)) in equal list")
        }
        return rule
    }
}
