internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// What entries of `docker_sd_configs` and of `dockerswarm_sd_configs` have in common: the daemon, and how to query it.
struct DockerDaemon: Hashable, Sendable {
    private let host: String
    /// The port of targets that have no TCP port of their own.
    let port: Int
    private let filters: [DockerFilter]
    private let refreshInterval: Duration
    /// Credentials, headers, redirects, TLS; for a host with `http://` or `https://`.
    private let client: HTTPClientSettings

    init(taking section: inout YAMLSection, directory: String) throws(ConfigurationError) {
        host = try section.dockerHost()
        port = try section.take("port")?.whole(Int.self) ?? 80
        var filters: [DockerFilter] = []
        for entry in try section.take("filters")?.list() ?? [] { filters.append(try DockerFilter(entry)) }
        self.filters = filters
        refreshInterval = try section.refreshInterval() ?? .seconds(60)
        client = try HTTPClientSettings(taking: &section, directory: directory)
    }

    func add(to map: inout YAMLMap) {
        client.add(to: &map)
        map.set("host", host)
        map.set("port", port)
        map.set("filters", list: filters.map(\.node))
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
    }

    /// Polls the daemon until the task is cancelled; `finder` turns its answers into targets.
    func follow(
        _ mechanism: String, place: String, _ found: FoundTargets, _ finder: (DockerAPI) -> any TargetFinder
    ) async {
        guard let host = DockerHost(host) else { return }
        let api = DockerAPI(host, filters, client, timeout: refreshInterval, in: found.surroundings)
        let discovery = RefreshedDiscovery(
            mechanism: mechanism, place: place, interval: refreshInterval, finder: finder(api))
        await discovery.run(found)
    }
}

extension YAMLSection {
    /// Takes the field `host`, the address of a Docker daemon.
    fileprivate mutating func dockerHost() throws(ConfigurationError) -> String {
        guard let value = take("host") else { throw self.value.error("host missing") }
        let text = try value.string()
        guard DockerHost(text) != nil else {
            throw value.error(
                "host \(goQuoted(text)) is not unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT")
        }
        return text
    }
}
