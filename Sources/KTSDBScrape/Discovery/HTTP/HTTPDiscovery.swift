package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `http_sd_configs`: targets that a web server lists.
package struct HTTPDiscovery: Hashable, Sendable {
    /// The address of the list.
    package var url: String
    /// How often the list is fetched.
    package var refreshInterval: Duration
    /// Credentials, headers, redirects, TLS.
    package var client: HTTPClientSettings
}

extension HTTPDiscovery: TargetSourceSettings {
    package static let key = "http_sd_configs"
    static let failures = "prometheus_sd_http_failures_total"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "http_sd_config")
        let address = section.take("url")
        refreshInterval = try section.refreshInterval() ?? .seconds(60)
        client = try HTTPClientSettings(taking: &section, directory: context.directory)
        try section.finish()
        url = try address?.string() ?? ""
        guard let address, !url.isEmpty else { throw value.error("URL is missing") }
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw address.error("URL scheme must be 'http' or 'https'")
        }
        guard WebLocation(url) != nil else { throw address.error("host is missing in URL") }
    }

    package func write(to map: inout YAMLMap) {
        client.add(to: &map)
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
        map.set("url", WebLocation(url)?.text)
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in
            guard let address = WebLocation(url) else { return }
            let finder = HTTPTargetFinder(
                address: address, interval: refreshInterval, byteLimit: found.surroundings.options.answerBytes,
                client: DocumentClient(client, userAgent: found.surroundings.userAgent))
            let discovery = RefreshedDiscovery(
                mechanism: "http", place: Self.key, interval: refreshInterval, finder: finder,
                failureCounter: Self.failures)
            await discovery.run(found)
        }
    }

    package static var metrics: [SelfMetricFamily] {
        [
            SelfMetricFamily(
                name: failures, help: "Failed requests to web servers for targets.", kind: .counter,
                points: [.init(value: 0)])
        ]
    }
}
