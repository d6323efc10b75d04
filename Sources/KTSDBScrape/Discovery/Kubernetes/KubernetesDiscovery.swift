package import KTSDBConfiguration
internal import KTSDBModel

/// An entry of `kubernetes_sd_configs`: targets from the API of a Kubernetes cluster.
package struct KubernetesDiscovery: Hashable, Sendable {
    /// The label and field selectors for objects of a kind, as the API takes them.
    struct Selector: Hashable, Sendable {
        var label: String?
        var field: String?
    }

    /// The address of the API; nil for the cluster that this process runs in, unless `configurationFile` is set.
    var server: String?
    /// A kubectl configuration file with the address of the API and the credentials for it.
    var configurationFile: String?
    /// Credentials, headers, redirects, TLS for `server`.
    var client = HTTPClientSettings()
    /// The kind of the objects that are targets.
    var role: KubernetesKind
    var namespaces: [String] = []
    /// Whether the namespace that this process runs in is followed in addition to `namespaces`.
    var includesOwnNamespace = false
    var selectors: [KubernetesKind: Selector] = [:]
    var attachments = KubernetesAttachments()
}

extension KubernetesDiscovery: TargetSourceSettings {
    package static let key = "kubernetes_sd_configs"
    static let events = "prometheus_sd_kubernetes_events_total"
    static let failures = "prometheus_sd_kubernetes_failures_total"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "kubernetes_sd_config")
        let server = section.take("api_server"), file = section.take("kubeconfig_file")
        role = try Self.role(section.take("role"), of: value)
        client = try HTTPClientSettings(taking: &section, directory: context.directory)
        if let value = section.take("namespaces") { try readNamespaces(value) }
        for value in try section.take("selectors")?.list() ?? [] { try addSelector(value) }
        if let value = section.take("attach_metadata") { attachments = try KubernetesAttachments(value) }
        try section.finish()
        self.server = try Self.text(server)
        configurationFile = try Self.text(file).map { LocalFile.resolve($0, in: context.directory) }
        if let reason = conflict { throw value.error(reason) }
        if let server, let text = self.server, !Self.isAddress(text) {
            throw server.error("api_server \(goQuoted(text)) is not an address with http:// or https:// and a host")
        }
    }

    /// Returns a text; nil if it is missing or empty, which mean the same.
    private static func text(_ value: YAMLValue?) throws(ConfigurationError) -> String? {
        guard let text = try value?.string(), !text.isEmpty else { return nil }
        return text
    }

    private static func role(_ value: YAMLValue?, of entry: YAMLValue) throws(ConfigurationError) -> KubernetesKind {
        guard let value else {
            throw entry.error("role missing (one of: pod, service, endpoints, endpointslice, node, ingress)")
        }
        let text = try value.string()
        guard let kind = KubernetesKind.roles.first(where: { $0.rawValue == text }) else {
            throw value.error("unknown Kubernetes SD role \(goQuoted(text))")
        }
        return kind
    }

    /// Why two of the settings exclude each other, in Prometheus' words; nil if none do.
    private var conflict: String? {
        let hasClient = client != HTTPClientSettings()
        if server != nil, configurationFile != nil {
            return "cannot use 'kubeconfig_file' and 'api_server' simultaneously"
        }
        if configurationFile != nil, hasClient {
            return "cannot use a custom HTTP client configuration together with 'kubeconfig_file'"
        }
        if server == nil, hasClient {
            return "to use custom HTTP client configuration please provide the 'api_server' URL explicitly"
        }
        if server != nil, includesOwnNamespace {
            return "cannot use 'api_server' and 'namespaces.own_namespace' simultaneously"
        }
        if configurationFile != nil, includesOwnNamespace {
            return "cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously"
        }
        return nil
    }

    private mutating func readNamespaces(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "namespaces")
        includesOwnNamespace = try section.take("own_namespace")?.bool() ?? false
        let names = section.take("names")
        namespaces = try names?.strings() ?? []
        try section.finish()
        if let names, let name = namespaces.first(where: { !Self.isNamespace($0) }) {
            throw names.error("\(goQuoted(name)) cannot be the name of a namespace")
        }
    }

    /// Returns whether a text is an address with `http://` or `https://`.
    static func isAddress(_ text: String) -> Bool {
        ["http", "https"].contains(WebLocation(text)?.scheme)
    }

    /// Returns whether a text may be the name of a namespace, which becomes part of a path.
    static func isNamespace(_ name: String) -> Bool {
        name.utf8.count <= 63 && name.wholeMatch(of: /[a-z0-9](?:[-a-z0-9]*[a-z0-9])?/) != nil
    }

    private mutating func addSelector(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "selectors")
        let kind = try Self.role(section.take("role"), of: value)
        let selector = Selector(label: try section.take("label")?.string(), field: try section.take("field")?.string())
        try section.finish()
        guard selectors[kind] == nil else { throw value.error("duplicated selector role: \(kind.rawValue)") }
        let allowed: [KubernetesKind] =
            switch role {
            case .pod: [.pod, .node]
            case .endpoints: [.pod, .service, .endpoints]
            case .endpointslice: [.pod, .service, .endpointslice]
            default: [role]
            }
        guard allowed.contains(kind) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw value.error("\(role.rawValue) role supports only \(names) selectors")
        }
        selectors[kind] = selector
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        surroundings.targets(self) { [self] found in await KubernetesRun(self, found).run() }
    }

    package static var metrics: [SelfMetricFamily] {
        let points = KubernetesKind.roles.flatMap { role in
            ["add", "delete", "update"].map { event in
                SelfMetricFamily.Point(labels: [("role", role.rawValue), ("event", event)], value: 0)
            }
        }
        return [
            SelfMetricFamily(
                name: events, help: "Changes of objects that Kubernetes reported.", kind: .counter, points: points),
            SelfMetricFamily(
                name: failures, help: "Lists and watches of Kubernetes that failed.", kind: .counter,
                points: [.init(value: 0)]),
        ]
    }
}

extension KubernetesAttachments {
    init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "attach_metadata")
        node = try section.take("node")?.bool() ?? false
        namespace = try section.take("namespace")?.bool() ?? false
        deployment = try section.take("deployment")?.bool() ?? false
        job = try section.take("job")?.bool() ?? false
        cronJob = try section.take("cronjob")?.bool() ?? false
        try section.finish()
    }
}
