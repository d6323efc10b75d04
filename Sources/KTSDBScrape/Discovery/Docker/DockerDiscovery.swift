package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `docker_sd_configs`: targets from the containers of a Docker daemon.
package struct DockerDiscovery: Hashable, Sendable {
    var host: String
    /// The port of containers that do not name any.
    var port: Int
    var filters: [DockerFilter]
    /// The address of containers that use the network of their machine.
    var hostNetworkingHost: String
    /// Whether a container in several networks has targets in the first one alone.
    var matchesFirstNetwork: Bool
    var refreshInterval: Duration
    /// Credentials, headers, redirects, TLS; for a host with `http://` or `https://`.
    var client: HTTPClientSettings
}

extension DockerDiscovery: TargetSourceSettings {
    package static let key = "docker_sd_configs"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "docker_sd_config")
        host = try section.dockerHost()
        port = try section.take("port")?.whole(Int.self) ?? 80
        filters = []
        for entry in try section.take("filters")?.list() ?? [] { filters.append(try DockerFilter(entry)) }
        hostNetworkingHost = try section.take("host_networking_host")?.string() ?? "localhost"
        matchesFirstNetwork = try section.take("match_first_network")?.bool() ?? true
        refreshInterval = try section.refreshInterval() ?? .seconds(60)
        client = try HTTPClientSettings(taking: &section, directory: context.directory)
        try section.finish()
    }

    package func write(to map: inout YAMLMap) {
        client.add(to: &map)
        map.set("host", host)
        map.set("port", port)
        map.set("filters", list: filters.map(\.node))
        map.set("host_networking_host", hostNetworkingHost)
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
        map.set("match_first_network", matchesFirstNetwork)
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in
            guard let host = DockerHost(host) else { return }
            let api = DockerAPI(host, filters, client, timeout: refreshInterval, in: found.surroundings)
            let discovery = RefreshedDiscovery(
                mechanism: "docker", place: Self.key, interval: refreshInterval, finder: DockerTargetFinder(self, api))
            await discovery.run(found)
        }
    }

    package static var metrics: [SelfMetricFamily] { [] }
}

extension YAMLSection {
    /// Takes the field `host`, the address of a Docker daemon.
    mutating func dockerHost() throws(ConfigurationError) -> String {
        guard let value = take("host") else { throw self.value.error("host missing") }
        let text = try value.string()
        guard DockerHost(text) != nil else {
            throw value.error(
                "host \(goQuoted(text)) is not unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT")
        }
        return text
    }
}
