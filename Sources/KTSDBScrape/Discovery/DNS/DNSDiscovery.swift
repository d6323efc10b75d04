package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `dns_sd_configs`: targets from records of the domain name system.
package struct DNSDiscovery: Hashable, Sendable {
    /// The names whose records are looked up.
    var names: [String]
    var type: DNSRecordType
    /// The port of the targets, for all types but SRV.
    var port: Int
    /// How often the records are looked up.
    var refreshInterval: Duration
}

extension DNSDiscovery: TargetSourceSettings {
    package static let key = "dns_sd_configs"
    static let lookups = "prometheus_sd_dns_lookups_total"
    static let failures = "prometheus_sd_dns_lookup_failures_total"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "dns_sd_config")
        let names = section.take("names"), type = section.take("type"), port = section.take("port")
        refreshInterval = try section.refreshInterval() ?? .seconds(30)
        try section.finish()
        self.names = try names?.strings() ?? []
        guard !self.names.isEmpty else {
            throw value.error("DNS-SD config must contain at least one SRV record name")
        }
        let text = try type?.string() ?? "SRV"
        guard let known = DNSRecordType(name: text) else {
            throw (type ?? value).error("invalid DNS-SD records type \(text)")
        }
        self.type = known
        self.port = try port?.whole(Int.self) ?? 0
        guard known == .srv || self.port != 0 else {
            throw (port ?? value).error("a port is required in DNS-SD configs for all record types except SRV")
        }
        for name in self.names where DNSMessage.query(name, known, id: 0) == nil {
            throw (names ?? value).error("\(goQuoted(name)) is not a name of the domain name system")
        }
    }

    package func write(to map: inout YAMLMap) {
        map.set("names", strings: names)
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
        map.set("type", type.name)
        map.set("port", port)
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in
            let discovery = RefreshedDiscovery(
                mechanism: "dns", place: Self.key, interval: refreshInterval, finder: DNSTargetFinder(self, found))
            await discovery.run(found)
        }
    }

    package static var metrics: [SelfMetricFamily] {
        [
            SelfMetricFamily(
                name: lookups, help: "Names that were looked up.", kind: .counter, points: [.init(value: 0)]),
            SelfMetricFamily(
                name: failures, help: "Names that could not be looked up.", kind: .counter,
                points: [.init(value: 0)]),
        ]
    }
}
