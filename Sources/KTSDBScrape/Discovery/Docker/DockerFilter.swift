internal import KTSDBConfiguration
internal import KTSDBModel
internal import Yams

/// An entry of `filters`: of the containers, tasks and so on, only those are asked for that it matches.
struct DockerFilter: Hashable, Sendable {
    let name: String
    let values: [String]

    init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "filters")
        name = try section.take("name")?.string() ?? ""
        values = try section.take("values")?.strings() ?? []
        try section.finish()
    }

    /// The filters as the daemon wants them.
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
