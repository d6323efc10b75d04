internal import KTSDBConfiguration
internal import KTSDBModel
internal import Yams

/// An entry of `filters`: the daemon returns only the containers, tasks and so on that match it.
struct DockerFilter: Hashable, Sendable {
    let name: String
    let values: [String]

    init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "filters")
        name = try section.take("name")?.string() ?? ""
        values = try section.take("values")?.strings() ?? []
        try section.finish()
    }

    /// The filters as JSON, in the form that the daemon expects.
    static func json(_ filters: [DockerFilter]) -> String {
        var merged: [String: [String]] = [:]
        for filter in filters { merged[filter.name, default: []] += filter.values }
        let members = merged.sorted { $0.key < $1.key }.map { name, values in
            let inner = Set(values).sorted().map { "\(goQuoted($0)):true" }.joined(separator: ",")
            return "\(goQuoted(name)):{\(inner)}"
        }
        return "{\(members.joined(separator: ","))}"
    }
}

extension DockerFilter {
    /// The filter as YAML.
    var node: Node {
        var map = YAMLMap()
        map.set("name", name)
        map.set("values", strings: values)
        return map.node
    }
}
