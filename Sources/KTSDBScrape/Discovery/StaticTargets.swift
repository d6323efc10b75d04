package import KTSDBConfiguration
internal import KTSDBModel

/// An entry of `static_configs`: targets that the configuration itself lists.
package struct StaticTargets: TargetSourceSettings, TargetSource {
    package static let key = "static_configs"

    private let group: TargetGroup

    package var isFixed: Bool { true }

    package init(_ group: TargetGroup) { self.group = group }

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        group = try TargetGroup(value, names: context.names)
        if !context.areTargetsRelabelled, let url = group.addresses.first(where: { $0.contains("/") }) {
            throw value.error("\(goQuoted(url)) is not a valid hostname")
        }
    }

    package func write(to map: inout YAMLMap) {
        map.set("targets", strings: group.addresses)
        map.set("labels", group.labels)
    }

    /// The settings are their own source, because they never change.
    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource { self }

    package var groups: [TargetGroup] { [group] }
    package var metrics: [SelfMetricFamily] { [] }
    package mutating func refresh(now: ContinuousClock.Instant) -> TargetSourceUpdate { TargetSourceUpdate() }
    package static var metrics: [SelfMetricFamily] { [] }
}
