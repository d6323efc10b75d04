internal import KTSDBConfiguration
internal import KTSDBModel

/// Where the API of a cluster is, and the credentials for it.
struct KubernetesAccess: Sendable {
    /// `https://HOST:PORT`, possibly with a prefix of all paths; without a slash at the end.
    let address: String
    let client: HTTPClientSettings

    init(address: String, client: HTTPClientSettings) {
        self.address = String(address.reversed().drop { $0 == "/" }.reversed())
        self.client = client
    }

    /// Determines the access from the settings.
    static func of(_ settings: KubernetesDiscovery, _ options: DiscoveryOptions) throws(DiscoveryFailure) -> Self {
        if let file = settings.configurationFile {
            do throws(ConfigurationError) { return try KubernetesConfigurationFile.access(file) } catch {
                throw DiscoveryFailure("\(error)")
            }
        }
        guard let server = settings.server else { return try inCluster(options) }
        guard let address = WebLocation(server) else { throw DiscoveryFailure("api_server is not an address") }
        return Self(address: address.text, client: settings.client)
    }

    /// Returns the access of a pod by its service account. The token is read for each request, since Kubernetes renews
    /// it.
    private static func inCluster(_ options: DiscoveryOptions) throws(DiscoveryFailure) -> Self {
        guard let address = options.kubernetesAddress else {
            throw DiscoveryFailure(
                "this process does not run in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not"
                    + " set; give api_server or kubeconfig_file")
        }
        let token = "\(options.serviceAccount)/token", authorities = "\(options.serviceAccount)/ca.crt"
        guard LocalFile.stamp(token) != nil else {
            throw DiscoveryFailure("the service account has no token: \(token) does not exist")
        }
        var client = HTTPClientSettings()
        client.authorization = .credentials(type: "Bearer", .file(token))
        if LocalFile.stamp(authorities) != nil { client.tls.authorities = .file(authorities) }
        return Self(address: address, client: client)
    }

    /// Returns the namespace that this process runs in.
    static func ownNamespace(_ options: DiscoveryOptions) throws(DiscoveryFailure) -> String {
        let path = "\(options.serviceAccount)/namespace"
        let text: String
        do { text = try LocalFile.text(path) } catch {
            throw DiscoveryFailure("own_namespace cannot be found out: \(path): \(error)")
        }
        let name = text.filter { !$0.isWhitespace }
        guard KubernetesDiscovery.isNamespace(name) else {
            throw DiscoveryFailure("own_namespace cannot be found out: \(path) has no namespace")
        }
        return name
    }
}
