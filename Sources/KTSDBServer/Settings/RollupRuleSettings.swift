package import KTSDBConfiguration
package import KTSDBEngine
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// Which series are rolled up, to which intervals, and how long that is kept. Of rules with the same interval, the
/// first that matches a series counts.
///
/// ```yaml
/// rollup_rules:
/// - name: minutes
///   matchers: ['{job="node"}']
///   interval: 5m
///   aggregates: [count, sum, min, max, last, counter]
///   keep: 1y
/// - name: hours
///   matchers: ['{__name__=~".+"}']
///   interval: 1h
/// ```
package struct RollupRuleSettings: SettingsSection {
    package static let key = "rollup_rules"

    /// The rules, in the order of the file.
    package var rules = RollupRules.none

    package init() {}

    package init(taking section: inout YAMLSection) throws(ConfigurationError) {
        throw section.value.error("expected a list of rules")
    }

    package init(reading value: YAMLValue) throws(ConfigurationError) {
        var rules: [RollupRule] = []
        for element in try value.list() { rules.append(try Self.rule(element)) }
        do throws(RollupRuleError) { self.rules = try RollupRules(rules) } catch {
            throw value.error("\(error)")
        }
    }

    private static func rule(_ value: YAMLValue) throws(ConfigurationError) -> RollupRule {
        var section = try YAMLSection(value, name: key)
        guard let name = section.take("name") else { throw value.error("name: the rule's name is missing") }
        guard let selectors = section.take("matchers") else {
            throw value.error("matchers: the list of selectors is missing")
        }
        guard let interval = section.take("interval") else {
            throw value.error("interval: the length of the intervals is missing")
        }
        let lists = try matchers(selectors)
        let kept = try section.take("aggregates").map { value throws(ConfigurationError) in try aggregates(value) }
        let keep = try section.take("keep").map { value throws(ConfigurationError) in try value.duration() }
        let title = try name.string(), length = try interval.duration()
        try section.finish()
        do throws(RollupRuleError) {
            guard let kept else { return try RollupRule(title, matching: lists, interval: length, keep: keep) }
            return try RollupRule(title, matching: lists, interval: length, aggregates: kept, keep: keep)
        } catch { throw value.error("\(error)") }
    }

    private static func matchers(_ selectors: YAMLValue) throws(ConfigurationError) -> [[LabelMatcher]] {
        var lists: [[LabelMatcher]] = []
        for selector in try selectors.list() {
            let text = try selector.string()
            do throws(ParseErrors) { lists.append(try parseSelector(text)) } catch {
                throw selector.error("matchers: \(error)")
            }
        }
        return lists
    }

    private static func aggregates(_ value: YAMLValue) throws(ConfigurationError) -> Set<RollupAggregate> {
        var aggregates: Set<RollupAggregate> = []
        for element in try value.list() {
            let text = try element.string()
            guard let aggregate = RollupAggregate(rawValue: text) else {
                let names = RollupAggregate.allCases.map(\.rawValue).joined(separator: ", ")
                throw element.error("aggregates: \"\(text)\" is none of \(names)")
            }
            aggregates.insert(aggregate)
        }
        return aggregates
    }
}
