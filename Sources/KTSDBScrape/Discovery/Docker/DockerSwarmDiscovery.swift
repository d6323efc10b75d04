package import KTSDBConfiguration

/// An entry of `dockerswarm_sd_configs`: targets from a swarm of Docker daemons.
package struct DockerSwarmDiscovery: Hashable, Sendable {
    /// What the targets are.
    enum Role: String, Hashable, Sendable {
        case services, tasks, nodes
    }

    let daemon: DockerDaemon
    let role: Role
}

extension DockerSwarmDiscovery: TargetSourceSettings {
    package static let key = "dockerswarm_sd_configs"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "dockerswarm_sd_config")
        daemon = try DockerDaemon(taking: &section, directory: context.directory)
        guard let role = section.take("role") else {
            throw value.error("role missing (one of: tasks, services, nodes)")
        }
        guard let known = Role(rawValue: try role.string()) else {
            throw role.error("invalid role \(try role.string()), expected tasks, services, or nodes")
        }
        self.role = known
        try section.finish()
    }

    package func write(to map: inout YAMLMap) {
        daemon.add(to: &map)
        map.set("role", role.rawValue)
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in
            await daemon.follow("dockerswarm", place: Self.key, found) { SwarmTargetFinder(self, $0) }
        }
    }

    package static var metrics: [SelfMetricFamily] { [] }
}
