internal import KTSDBConfiguration

/// The target sources that a scrape job can have; this is the one place that lists them all.
enum TargetSources {
    /// The kinds that this version serves. A new kind is a row here.
    static let served = [
        Kind(StaticTargets.self), Kind(FileDiscovery.self), Kind(HTTPDiscovery.self),
        Kind(KubernetesDiscovery.self), Kind(DNSDiscovery.self), Kind(DockerDiscovery.self),
        Kind(DockerSwarmDiscovery.self), Kind(ConsulDiscovery.self),
    ]

    /// A kind of settings whose type is not known statically. It holds closures rather than `any
    /// TargetSourceSettings.Type`, because Swift 6.3 crashes where a requirement with typed throws is called through a
    /// metatype.
    struct Kind: Sendable {
        let key: String
        let metrics: [SelfMetricFamily]
        let read: @Sendable (YAMLValue, TargetSourceContext) throws(ConfigurationError) -> TargetSourceEntry

        init<Settings: TargetSourceSettings>(_ type: Settings.Type) {
            key = Settings.key
            metrics = Settings.metrics
            read = { (value, context) throws(ConfigurationError) in
                TargetSourceEntry(try Settings(value, in: context))
            }
        }
    }

    /// The keys that Prometheus knows, whether this version serves them or not.
    private static let known =
        ["static_configs"]
        + [
            "aws", "azure", "consul", "digitalocean", "dns", "docker", "dockerswarm", "ec2", "ecs", "elasticache",
            "eureka", "file", "gce", "hetzner", "http", "ionos", "kubernetes", "kuma", "lightsail", "linode",
            "marathon",
            "msk", "nerve", "nomad", "oci", "openstack", "outscale", "ovhcloud", "puppetdb", "rds", "scaleway",
            "serverset", "stackit", "triton", "uyuni", "vultr",
        ].map { "\($0)_sd_configs" }

    /// Takes all target sources from a scrape job, and refuses those that this version does not serve.
    static func take(
        from section: inout YAMLSection, in context: TargetSourceContext
    ) throws(ConfigurationError) -> [TargetSourceEntry] {
        var entries: [TargetSourceEntry] = []
        for kind in served {
            for element in try section.take(kind.key)?.list() ?? [] {
                if element.isNull { throw element.error("empty or null section in \(kind.key)") }
                entries.append(try kind.read(element, context))
            }
        }
        let served = served.map(\.key)
        let choice = "\(served.dropLast().joined(separator: ", ")) and \(served.last ?? "")"
        for key in known where !served.contains(key) {
            try section.refuse(
                key, because: "this version finds targets by \(choice) only; write the targets to a file")
        }
        return entries
    }

    /// Writes entries back, each under its key.
    static func write(_ entries: [TargetSourceEntry], to map: inout YAMLMap) {
        for kind in served {
            let nodes = entries.filter { $0.key == kind.key }.map { entry in
                var map = YAMLMap()
                entry.settings.write(to: &map)
                return map.node
            }
            map.set(kind.key, list: nodes)
        }
    }
}
