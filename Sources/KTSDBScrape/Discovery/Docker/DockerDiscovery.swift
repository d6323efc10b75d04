package import KTSDBConfiguration

/// An entry of `docker_sd_configs`: targets from the containers of a Docker daemon.
package struct DockerDiscovery: Hashable, Sendable {
    let daemon: DockerDaemon
    /// The address of containers that use their machine's network.
    let hostNetworkingHost: String
    /// Whether a container in several networks has targets only in the first one by name.
    let matchesFirstNetwork: Bool
}

extension DockerDiscovery: TargetSourceSettings {
    package static let key = "docker_sd_configs"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "docker_sd_config")
        daemon = try DockerDaemon(taking: &section, directory: context.directory)
        hostNetworkingHost = try section.take("host_networking_host")?.string() ?? "localhost"
        matchesFirstNetwork = try section.take("match_first_network")?.bool() ?? true
        try section.finish()
    }

    package func write(to map: inout YAMLMap) {
        daemon.add(to: &map)
        map.set("host_networking_host", hostNetworkingHost)
        map.set("match_first_network", matchesFirstNetwork)
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in
            await daemon.follow("docker", place: Self.key, found) { DockerTargetFinder(self, $0) }
        }
    }

    package static var metrics: [SelfMetricFamily] { [] }
}
