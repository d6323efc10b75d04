package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `consul_sd_configs`: targets from the services that a Consul agent knows.
package struct ConsulDiscovery: Hashable, Sendable {
    /// `HOST:PORT` of the agent.
    var server = "localhost:8500"
    var scheme = "http"
    /// The prefix of all paths.
    var pathPrefix = ""
    /// Sent to the agent instead of other credentials; never sent to anyone else.
    var token: String?
    var datacenter = ""
    var namespace = ""
    var partition = ""
    var tagSeparator = ","
    /// Whether any server may answer, rather than the leader alone.
    var allowsStale = true
    /// The least time between two requests for the same list.
    var refreshInterval = Duration.seconds(30)
    /// The names of the services that are followed; if empty, all are.
    var services: [String] = []
    /// The tags that instances must have, all of them.
    var tags: [String] = []
    /// The metadata that the nodes must have.
    var nodeMetadata: [String: String] = [:]
    /// Consul filter expressions for the list of services, and for the instances of a service.
    var filter = "", healthFilter = ""
    var client = HTTPClientSettings()

    /// The beginning of all URLs.
    var address: String { "\(scheme)://\(server)\(pathPrefix)" }
}

extension ConsulDiscovery: TargetSourceSettings {
    package static let key = "consul_sd_configs"
    static let failures = "prometheus_sd_consul_rpc_failures_total"
    static let durations = "prometheus_sd_consul_rpc_duration_seconds"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "consul_sd_config")
        let server = section.take("server")
        if let server { self.server = try server.string() }
        try readTexts(&section)
        if let value = section.take("allow_stale") { allowsStale = try value.bool() }
        refreshInterval = try section.refreshInterval() ?? refreshInterval
        services = try section.take("services")?.strings() ?? []
        tags = try section.take("tags")?.strings() ?? []
        for (name, value) in try section.take("node_meta")?.pairs() ?? [] { nodeMetadata[name] = try value.string() }
        let token = section.take("token")
        self.token = try token?.string()
        let name = section.take("username"), password = section.take("password")
        client = try HTTPClientSettings(taking: &section, directory: context.directory)
        try section.finish()
        guard WebLocation("http://\(self.server)") != nil else {
            throw (server ?? value).error("consul SD configuration requires a server address")
        }
        if let credentials = name ?? password {
            guard client.authorization == nil else {
                throw credentials.error(
                    "at most one of consul SD configuration username and password and basic auth can be configured")
            }
            client.authorization = .basic(
                username: .text(try name?.string() ?? ""), password: .text(try password?.string() ?? ""))
        }
        if let token, client.oauth2 != nil || isCredentials(client.authorization) {
            throw token.error("at most one of consul SD token, authorization, or oauth2 can be configured")
        }
    }

    private func isCredentials(_ authorization: HTTPClientSettings.Authorization?) -> Bool {
        if case .credentials = authorization { true } else { false }
    }

    private mutating func readTexts(_ section: inout YAMLSection) throws(ConfigurationError) {
        if let value = section.take("scheme") {
            scheme = try value.string()
            guard scheme == "http" || scheme == "https" else { throw value.error("scheme must be http or https") }
        }
        if let value = section.take("path_prefix") {
            let text = try value.string()
            pathPrefix = text.isEmpty || text.hasPrefix("/") ? text : "/\(text)"
        }
        datacenter = try section.take("datacenter")?.string() ?? ""
        namespace = try section.take("namespace")?.string() ?? ""
        partition = try section.take("partition")?.string() ?? ""
        tagSeparator = try section.take("tag_separator")?.string() ?? tagSeparator
        filter = try section.take("filter")?.string() ?? ""
        healthFilter = try section.take("health_filter")?.string() ?? ""
    }

    package func write(to map: inout YAMLMap) {
        func set(_ name: String, _ text: String) { if !text.isEmpty { map.set(name, text) } }
        set("server", server)
        set("path_prefix", pathPrefix)
        if token != nil { map.set("token", "<secret>") }
        set("datacenter", datacenter)
        set("namespace", namespace)
        set("partition", partition)
        set("tag_separator", tagSeparator)
        set("scheme", scheme)
        map.set("allow_stale", allowsStale)
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
        map.set("services", strings: services)
        map.set("tags", strings: tags)
        if !nodeMetadata.isEmpty {
            var section = YAMLMap()
            for (name, value) in nodeMetadata.sorted(by: { $0.key < $1.key }) { section.set(name, value) }
            map.set("node_meta", section.node)
        }
        set("filter", filter)
        set("health_filter", healthFilter)
        client.add(to: &map)
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in await ConsulRun(self, found).run() }
    }

    package static var metrics: [SelfMetricFamily] {
        [
            SelfMetricFamily(
                name: failures, help: "Requests to Consul that failed.", kind: .counter, points: [.init(value: 0)]),
            SelfMetricFamily(
                name: durations, help: "How long requests to Consul took, including the wait for changes.",
                kind: .summary, points: []),
        ]
    }
}
