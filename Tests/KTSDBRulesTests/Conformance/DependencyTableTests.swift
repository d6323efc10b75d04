import KTSDBModel
import Testing

@testable import KTSDBRules

/// `rule_dependencies.json`: which rules of a group read what others make.
@Suite struct `Table rule_dependencies` {
    @Test func `The dependencies are those that Prometheus finds`() throws {
        guard let table = try TableValue.file("rule_dependencies.json") else { return }
        for test in table.list {
            let group = ruleGroups(test["rules"]!.text!, file: "f", interval: .seconds(60))[0]
            let dependencies = try PreparedGroup(group, PromQLRuleLanguage()).dependencies
            for (index, rule) in group.rules.enumerated() {
                let wanted = test["expected"]![rule.name]!
                #expect(dependencies.hasDependents(index) == wanted["others_depend_on_it"]!.flag, "\(rule.name)")
                #expect(dependencies.hasDependencies(index) == wanted["it_depends_on_others"]!.flag, "\(rule.name)")
            }
        }
    }
}
