internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBRules
internal import PromQL

/// A rule of a file, with its places and its expression.
struct LintedRule: Sendable {
    var file: String
    var group: String
    /// Its place in the group, from 1.
    var number: Int
    var rule: Rule
    /// How often the group is evaluated.
    var interval: Duration
    /// The lines of the rule's fields, by name; those of labels and annotations as `labels.severity`.
    var lines: [String: Int]
    var expression: Expression

    var name: String { rule.name }
    var alert: AlertingRule? { rule.alerting }

    /// The line of a field, or of the rule.
    func line(_ field: String) -> Int { lines[field] ?? lines[""] ?? 0 }

    /// A finding about a field of the rule.
    func finding(_ field: String = "expr", why: String, fix: String) -> LintFinding {
        LintFinding(
            file: file, line: line(field), subject: "group \(goQuoted(group)), rule \(number), \(goQuoted(name))",
            why: why, fix: fix)
    }

    /// The rules of a file; none if it is not valid.
    static func all(in text: String, path: String, interval: Duration, _ options: ToolOptions) -> [LintedRule] {
        var reading = RuleFileReading(options)
        reading.interval = interval
        guard let file = try? reading.read(text, file: path) else { return [] }
        let places = RulePlaces.read(text, file: path), engine = PromQLEngine(options.engine)
        var rules: [LintedRule] = []
        for (group, places) in zip(file.groups, places) {
            for (number, (rule, lines)) in zip(group.rules, places).enumerated() {
                guard let query = try? engine.prepare(rule.expression) else { continue }
                rules.append(
                    LintedRule(
                        file: path, group: group.name, number: number + 1, rule: rule, interval: group.interval,
                        lines: lines, expression: query.expression))
            }
        }
        return rules
    }
}

/// The lines of the rules of a file and of their fields, group by group.
package enum RulePlaces {
    package static func read(_ text: String, file: String) -> [[[String: Int]]] {
        guard let document = try? YAMLValue.firstDocument(text, file: file).value,
            let groups = try? document.pairs().first(where: { $0.key == "groups" })?.value.list()
        else { return [] }
        return groups.map { group in
            let pairs = (try? group.pairs()) ?? []
            let rules = (try? pairs.first { $0.key == "rules" }?.value.list()) ?? []
            return rules.map(lines)
        }
    }

    private static func lines(_ rule: YAMLValue) -> [String: Int] {
        var lines = ["": rule.line]
        for (key, value) in (try? rule.pairs()) ?? [] {
            lines[key] = value.line
            guard key == "labels" || key == "annotations" else { continue }
            for (name, value) in (try? value.pairs()) ?? [] { lines["\(key).\(name)"] = value.line }
        }
        return lines
    }
}
