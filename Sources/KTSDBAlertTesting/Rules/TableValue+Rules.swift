import KTSDBModel
import KTSDBRules

/// Values of rules, as the tables write them.
extension TableValue {
    var duration: Duration { .milliseconds(Int64((number ?? 0) * 1000)) }
    var time: PreciseTime { PreciseTime(nanoseconds: Int64((number ?? 0) * 1e9)) }
    var namedTexts: NamedTexts { NamedTexts(members.map { ($0.key, $0.value.text ?? "") }) }

    /// A rule; nil if it has no expression.
    var rule: Rule? {
        guard let expression = self["expr"]?.text else { return nil }
        let labels = self["labels"]?.namedTexts ?? [:]
        if let name = self["record"]?.text {
            return .recording(RecordingRule(name: name, expression: expression, labels: labels))
        }
        return .alerting(
            AlertingRule(
                name: self["alert"]?.text ?? "", expression: expression, for: self["for_s"]?.duration ?? .zero,
                keepFiringFor: self["keep_firing_for_s"]?.duration ?? .zero, labels: labels,
                annotations: self["annotations"]?.namedTexts ?? [:]))
    }
}
