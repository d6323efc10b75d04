package import KTSDBRules
import PromQL

/// The groups of a rule file of the conformance data.
package func ruleGroups(_ text: String, file: String, interval: Duration) -> [RuleGroup] {
    MiniYAML.read(text)["groups"]!.list.map { group in
        RuleGroup(
            file: file, name: group["name"]!.text, interval: duration(group["interval"]) ?? interval,
            limit: Int(group["limit"]?.text ?? "") ?? 0, queryOffset: duration(group["query_offset"]),
            labels: NamedTexts(group["labels"]?.pairs ?? []), rules: group["rules"]!.list.map(rule))
    }
}

private func rule(_ value: MiniYAML.Value) -> Rule {
    let labels = NamedTexts(value["labels"]?.pairs ?? [])
    if let name = value["record"] {
        return .recording(RecordingRule(name: name.text, expression: value["expr"]!.text, labels: labels))
    }
    return .alerting(
        AlertingRule(
            name: value["alert"]!.text, expression: value["expr"]!.text, for: duration(value["for"]) ?? .zero,
            keepFiringFor: duration(value["keep_firing_for"]) ?? .zero, labels: labels,
            annotations: NamedTexts(value["annotations"]?.pairs ?? [])))
}

private func duration(_ value: MiniYAML.Value?) -> Duration? {
    guard let value, case .success(let nanoseconds) = parseDuration(value.text) else { return nil }
    return .nanoseconds(nanoseconds)
}
