package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `dockerswarm_sd_configs`: targets from a swarm of Docker daemons.
package struct DockerSwarmDiscovery: Hashable, Sendable {
    /// What is a target.
    enum Role: String, Hashable, Sendable {
        case services, tasks, nodes
    }

    var host: String
    var role: Role
    /// The port of targets that do not name any.
    var port: Int
    var filters: [DockerFilter]
    var refreshInterval: Duration
    /// Credentials, headers, redirects, TLS; for a host with `http://` or `https://`.
    var client: HTTPClientSettings
}

extension DockerSwarmDiscovery: TargetSourceSettings {
    package static let key = "dockerswarm_sd_configs"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "dockerswarm_sd_config")
        host = try section.dockerHost()
        guard let role = section.take("role") else {
            throw value.error("role missing (one of: tasks, services, nodes)")
        }
        guard let known = Role(rawValue: try role.string()) else {
            throw role.error("invalid role \(try role.string()), expected tasks, services, or nodes")
        }
        self.role = known
        port = try section.take("port")?.whole(Int.self) ?? 80
        filters = []
        for entry in try section.take("filters")?.list() ?? [] { filters.append(try DockerFilter(entry)) }
        refreshInterval = try section.refreshInterval() ?? .seconds(60)
        client = try HTTPClientSettings(taking: &section, directory: context.directory)
        try section.finish()
    }

    package func write(to map: inout YAMLMap) {
        client.add(to: &map)
        map.set("host", host)
        map.set("role", role.rawValue)
        map.set("port", port)
        map.set("filters", list: filters.map(\.node))
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in
            guard let host = DockerHost(host) else { return }
            let api = DockerAPI(host, filters, client, timeout: refreshInterval, in: found.surroundings)
            let discovery = RefreshedDiscovery(
                mechanism: "dockerswarm", place: Self.key, interval: refreshInterval,
                finder: SwarmTargetFinder(self, api))
            await discovery.run(found)
        }
    }

    package static var metrics: [SelfMetricFamily] { [] }
}
