package import KTSDBConfiguration
package import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape

/// Limits on the series of a group: of a job, or of any other combination of labels.
///
/// ```yaml
/// series_limits:
///   rules:
///   - name: job
///     by: [job]
///     in_memory: 50000
///     per_day: 200000
///   - name: batch pods
///     by: [namespace, pod]
///     matching: {job: batch}
///     in_memory: 500
/// ```
package struct SeriesLimitSettings: SettingsSection {
    package static let key = "series_limits"

    /// The rules, in the order of the file; their names differ.
    package var rules: [SeriesLimit] = []

    private static let ruleLimit = 32, labelLimit = 8

    package init() {}

    package init(taking section: inout YAMLSection) throws(ConfigurationError) {
        for value in try section.take("rules")?.list() ?? [] {
            let rule = try SeriesLimit(value, labelLimit: Self.labelLimit)
            guard !rules.contains(where: { $0.name == rule.name }) else {
                throw value.error("the name \(goQuoted(rule.name)) is used twice")
            }
            rules.append(rule)
        }
        guard rules.count <= Self.ruleLimit else { throw section.value.error("more than \(Self.ruleLimit) rules") }
    }

    /// The rules, and one that only counts the series of each job, unless a rule does that.
    package var effective: [SeriesLimit] {
        let countsJobs = rules.contains { $0.by == ["job"] && $0.matching.isEmpty }
        return countsJobs ? rules : rules + [SeriesLimit("series by job", by: ["job"])]
    }
}

extension SeriesLimit {
    fileprivate init(_ value: YAMLValue, labelLimit: Int) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "series_limits.rules")
        guard let nameValue = section.take("name") else { throw value.error("name: the rule's name is missing") }
        let name = try nameValue.string()
        guard !name.isEmpty else { throw nameValue.error("name: the rule's name is empty") }
        self.init(name)
        if let labels = section.take("by") {
            for label in try labels.list() {
                let name = try label.string()
                guard !name.isEmpty else { throw label.error("by: a label name is empty") }
                guard !by.contains(name) else { throw label.error("by: the label \(goQuoted(name)) is named twice") }
                by.append(name)
            }
            guard by.count <= labelLimit else { throw labels.error("by: more than \(labelLimit) labels") }
        }
        for (name, value) in try section.take("matching")?.pairs() ?? [] { matching[name] = try value.string() }
        inMemory = try section.take("in_memory").map { (value) throws(ConfigurationError) in try value.count() }
        perDay = try section.take("per_day").map { (value) throws(ConfigurationError) in try value.count() }
        try section.finish()
        guard inMemory != nil || perDay != nil else {
            throw value.error("the rule \(goQuoted(name)) limits nothing: in_memory and per_day are missing")
        }
    }
}
