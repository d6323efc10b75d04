import KTSDBAlertingFiles
import KTSDBModel
import KTSDBRules

/// `rule_dependencies.json`: which rules of a group read what others make.
enum RuleDependencyTable {
    static let table = AlertTable("rule_dependencies.json") { test in
        let file = try RuleFile.read(try need(test["rules"]?.text), file: "f")
        let group = try need(file.groups.first, "a group")
        let dependencies = try PreparedGroup(group, PromQLRuleLanguage()).dependencies
        for (index, rule) in group.rules.enumerated() {
            let wanted = try need(test["expected"]?[rule.name], "a known rule")
            let isRead = dependencies.hasDependents(index), reads = dependencies.hasDependencies(index)
            try check(isRead, is: wanted["others_depend_on_it"]?.flag, "whether others depend on \(rule.name)")
            try check(reads, is: wanted["it_depends_on_others"]?.flag, "whether \(rule.name) depends on others")
        }
    }
}
