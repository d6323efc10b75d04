internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// A configuration file of kubectl.
enum KubernetesConfigurationFile {
    /// Returns the access of the file's current context.
    static func access(_ path: String) throws(ConfigurationError) -> KubernetesAccess {
        guard let document = try YAMLValue.load(path: path) else {
            throw ConfigurationError(file: path, line: nil, reason: "the file is empty")
        }
        let fields = try fields(document)
        guard let current = try fields["current-context"]?.string(), !current.isEmpty else {
            throw document.error("current-context is missing")
        }
        let context = try self.fields(entry("context", current, of: fields, document))
        let cluster = try self.fields(entry("cluster", text("cluster", of: context, document), of: fields, document))
        let user = try text("user", of: context, document)
        var client = HTTPClientSettings()
        let directory = LocalFile.directory(of: path)
        try readCluster(cluster, directory, &client)
        if !user.isEmpty { try readUser(entry("user", user, of: fields, document), directory, &client) }
        return KubernetesAccess(address: try server(cluster, document), client: client)
    }

    private typealias Fields = [String: YAMLValue]

    private static func fields(_ value: YAMLValue) throws(ConfigurationError) -> Fields {
        var fields: Fields = [:]
        for (name, value) in try value.pairs() where !value.isNull { fields[name] = value }
        return fields
    }

    private static func text(
        _ name: String, of fields: Fields, _ document: YAMLValue
    ) throws(ConfigurationError) -> String { try fields[name]?.string() ?? "" }

    /// Finds the entry of this name in the list `contexts`, `clusters` or `users`.
    private static func entry(
        _ kind: String, _ name: String, of fields: Fields, _ document: YAMLValue
    ) throws(ConfigurationError) -> YAMLValue {
        for element in try fields["\(kind)s"]?.list() ?? [] {
            let entry = try self.fields(element)
            if try entry["name"]?.string() == name, let value = entry[kind] { return value }
        }
        throw document.error("the \(kind) \(goQuoted(name)) is not in the file")
    }

    private static func server(_ cluster: Fields, _ document: YAMLValue) throws(ConfigurationError) -> String {
        let server = try text("server", of: cluster, document)
        guard KubernetesDiscovery.isAddress(server), let address = WebLocation(server) else {
            throw (cluster["server"] ?? document).error("the cluster's server is not an address")
        }
        return address.text
    }

    private static func readCluster(
        _ cluster: Fields, _ directory: String, _ client: inout HTTPClientSettings
    ) throws(ConfigurationError) {
        client.tls.authorities = try secret("certificate-authority", cluster, directory)
        if let skips = cluster["insecure-skip-tls-verify"] { client.tls.verifies = try !skips.bool() }
        client.tls.serverName = try cluster["tls-server-name"]?.string()
        if let value = cluster["proxy-url"] {
            throw value.error("proxy-url is not read by this version; give api_server with proxy_url instead")
        }
    }

    private static func readUser(
        _ value: YAMLValue, _ directory: String, _ client: inout HTTPClientSettings
    ) throws(ConfigurationError) {
        let user = try fields(value)
        for name in ["exec", "auth-provider"] where user[name] != nil {
            throw value.error(
                at: name,
                "\(name): this version does not run programs for credentials. Have a token in a file, such as one that "
                    + "`kubectl create token SERVICE_ACCOUNT` prints, and give it as tokenFile in its place; "
                    + "the file is read for each request. Or leave kubeconfig_file out, and give api_server with "
                    + "credentials_file and tls_config")
        }
        client.tls.certificate = try secret("client-certificate", user, directory)
        client.tls.key = try secret("client-key", user, directory)
        if let file = user["tokenFile"] {
            client.authorization = .credentials(
                type: "Bearer", .file(LocalFile.resolve(try file.string(), in: directory)))
        } else if let token = user["token"] {
            client.authorization = .credentials(type: "Bearer", .text(try token.string()))
        } else if let name = user["username"] {
            client.authorization = .basic(
                username: .text(try name.string()), password: .text(try user["password"]?.string() ?? ""))
        }
    }

    /// Reads `NAME-data`, which is in base 64, or else the path `NAME`.
    private static func secret(
        _ name: String, _ fields: Fields, _ directory: String
    ) throws(ConfigurationError) -> HTTPClientSettings.Secret? {
        if let data = fields["\(name)-data"] {
            guard let bytes = Base64.standard.decoded(try data.string().filter { !$0.isWhitespace }) else {
                throw data.error("\(name)-data is not base 64")
            }
            return .text(String(decoding: bytes, as: UTF8.self))
        }
        guard let path = fields[name] else { return nil }
        return .file(LocalFile.resolve(try path.string(), in: directory))
    }
}
