internal import KTSDBConfiguration
internal import Yams

extension StrictReading {
    /// How many rules a file may have: otherwise, a few lines with aliases could expand to millions.
    private static let ruleLimit = 200_000

    /// Reads the groups of a rule file.
    mutating func ruleGroups(_ value: YAMLValue) throws(ConfigurationError) -> [RuleGroupNode] {
        var groups: [RuleGroupNode] = [], rulesLeft = Self.ruleLimit
        for (key, value, line) in mapping(value, "rulefmt.RuleGroups") ?? [] {
            guard key == "groups" else {
                noteUnknown(key, line, "rulefmt.RuleGroups")
                continue
            }
            for element in list(value, "[]rulefmt.RuleGroup") ?? [] {
                groups.append(try ruleGroup(element, &rulesLeft))
            }
        }
        return groups
    }

    private mutating func ruleGroup(
        _ value: YAMLValue, _ rulesLeft: inout Int
    ) throws(ConfigurationError) -> RuleGroupNode {
        var group = RuleGroupNode()
        group.place = placed(value, "")
        for (key, value, line) in mapping(value, "rulefmt.RuleGroup") ?? [] {
            switch key {
            case "name": group.name = text(value) ?? ""
            case "interval": group.interval = try duration(value) ?? .zero
            case "query_offset": group.queryOffset = try duration(value)
            case "limit": group.limit = Int(integer(value, "int") ?? 0)
            case "labels": group.labels = namedTexts(value)
            case "rules":
                for element in list(value, "[]rulefmt.RuleNode") ?? [] {
                    rulesLeft -= 1
                    guard rulesLeft >= 0 else { throw element.error("the file has more than \(Self.ruleLimit) rules") }
                    group.rules.append(try rule(element))
                }
            default: noteUnknown(key, line, "rulefmt.RuleGroup")
            }
        }
        return group
    }

    private mutating func rule(_ value: YAMLValue) throws(ConfigurationError) -> RuleNode {
        var rule = RuleNode()
        for (key, value, line) in mapping(value, "rulefmt.RuleNode") ?? [] {
            switch key {
            case "record": rule.record = placed(value, text(value) ?? "")
            case "alert": rule.alert = placed(value, text(value) ?? "")
            case "expr": rule.expression = placed(value, text(value) ?? "")
            case "for": rule.holdDuration = try duration(value) ?? .zero
            case "keep_firing_for": rule.keepFiringFor = try duration(value) ?? .zero
            case "labels": rule.labels = namedTexts(value)
            case "annotations": rule.annotations = namedTexts(value)
            default: noteUnknown(key, line, "rulefmt.RuleNode")
            }
        }
        return rule
    }

    private func placed(_ value: YAMLValue, _ text: String) -> PlacedText {
        PlacedText(text: text, line: value.node.mark?.line ?? value.line, column: value.node.mark?.column ?? 0)
    }

    /// The texts of a mapping, by name.
    mutating func namedTexts(_ value: YAMLValue) -> [(String, String)] {
        (mapping(value, "map[string]string") ?? []).map { ($0.key, text($0.value) ?? "") }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }
}
