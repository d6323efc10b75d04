package import KTSDBConfiguration
package import KTSDBEngine
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// How long some series are kept, whatever the limit for all others is. The first rule that matches a series counts.
///
/// ```yaml
/// retention_rules:
/// - name: debug
///   matchers: ['{__name__=~"debug_.+"}', 'up{job="test"}']
///   keep: 3d
/// - name: audit
///   matchers: ['{job="audit"}']
///   keep: 5y
/// ```
package struct RetentionRuleSettings: SettingsSection {
    package static let key = "retention_rules"

    /// The rules, in the order of the file.
    package var rules = RetentionRules.none

    package init() {}

    package init(taking section: inout YAMLSection) throws(ConfigurationError) {
        throw section.value.error("expected a list of rules")
    }

    package init(reading value: YAMLValue) throws(ConfigurationError) {
        var rules: [RetentionRule] = []
        for element in try value.list() { rules.append(try Self.rule(element)) }
        do throws(RetentionRuleError) { self.rules = try RetentionRules(rules) } catch {
            throw value.error("\(error)")
        }
    }

    private static func rule(_ value: YAMLValue) throws(ConfigurationError) -> RetentionRule {
        var section = try YAMLSection(value, name: key)
        guard let name = section.take("name") else { throw value.error("name: the rule's name is missing") }
        guard let selectors = section.take("matchers") else {
            throw value.error("matchers: the list of selectors is missing")
        }
        guard let keep = section.take("keep") else {
            throw value.error("keep: how long the series are kept is missing")
        }
        var lists: [[LabelMatcher]] = []
        for selector in try selectors.list() {
            let text = try selector.string()
            do throws(ParseErrors) { lists.append(try parseSelector(text)) } catch {
                throw selector.error("matchers: \(error)")
            }
        }
        let title = try name.string(), time = try keep.duration()
        try section.finish()
        do throws(RetentionRuleError) { return try RetentionRule(title, matching: lists, keep: time) } catch {
            throw value.error("\(error)")
        }
    }
}

extension RetentionRules {
    /// The rules as JSON, which is also the YAML of the section.
    package var json: String {
        var writer = JSONWriter()
        writer.array(all) { json, rule in
            json.object { json in
                json.member("name", rule.name)
                json.member("matchers", rule.matchers.map { "{\($0.map(\.description).joined(separator: ","))}" })
                json.member("keep", PrometheusDuration.format(rule.keep))
            }
        }
        return writer.text
    }
}
