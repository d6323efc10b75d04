package import KTSDBConfiguration
internal import KTSDBModel
internal import NIOSSL

extension HTTPClientSettings {
    /// Headers that the request sets itself, or that would change the connection.
    private static let reservedHeaders: Set<String> = [
        "authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "www-authenticate", "accept-encoding",
        "x-prometheus-remote-write-version", "x-prometheus-remote-read-version", "x-prometheus-scrape-timeout-seconds",
        "x-amz-date", "x-amz-security-token", "x-amz-content-sha256",
    ]

    /// Reads a file that has nothing but such settings, as tools take it.
    package init(file path: String) throws(ConfigurationError) {
        guard let document = try YAMLValue.load(path: path) else {
            self.init()
            return
        }
        var section = try YAMLSection(document, name: "the file of HTTP settings")
        try self.init(taking: &section, directory: LocalFile.directory(of: path))
        try section.finish()
    }

    /// Takes from a section the fields that Prometheus' HTTP clients share.
    package init(taking section: inout YAMLSection, directory: String) throws(ConfigurationError) {
        proxy = try ProxySettings(taking: &section)
        if let value = section.take("follow_redirects") { followsRedirects = try value.bool() }
        if let value = section.take("enable_http2") { usesHTTP2 = try value.bool() }
        if let value = section.take("tls_config") { tls = try TLS(value, directory: directory) }
        if let value = section.take("http_headers") { headers = try Self.headers(value, directory: directory) }

        try takeAuthorization(&section, directory: directory)
    }

    private mutating func takeAuthorization(
        _ section: inout YAMLSection, directory: String
    ) throws(ConfigurationError) {
        let basic = section.take("basic_auth"), general = section.take("authorization")
        let token = section.take("bearer_token"), tokenFile = section.take("bearer_token_file")
        let oauth2 = section.take("oauth2")
        if let tokenFile, token != nil {
            throw tokenFile.error("at most one of bearer_token & bearer_token_file must be configured")
        }
        if let bearer = token ?? tokenFile {
            if basic != nil || oauth2 != nil {
                throw bearer.error(
                    "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured")
            }
            if general != nil {
                throw bearer.error("authorization is not compatible with bearer_token & bearer_token_file")
            }
        }
        if let general, basic != nil || oauth2 != nil {
            throw general.error("at most one of basic_auth, oauth2 & authorization must be configured")
        }
        if let oauth2 {
            if basic != nil {
                throw oauth2.error("at most one of basic_auth, oauth2 & authorization must be configured")
            }
            self.oauth2 = try OAuth2Settings(oauth2, directory: directory)
        }
        if let basic { authorization = try Self.basic(basic, directory: directory) }
        if let general { authorization = try Self.credentials(general, directory: directory) }
        if let token { authorization = .credentials(type: "Bearer", .text(try token.string())) }
        if let tokenFile {
            authorization = .credentials(
                type: "Bearer", .file(LocalFile.resolve(try tokenFile.string(), in: directory)))
        }
    }

    private static func basic(_ value: YAMLValue, directory: String) throws(ConfigurationError) -> Authorization {
        var section = try YAMLSection(value, name: "basic_auth")
        let username = try section.secret("username", directory: directory)
        let password = try section.secret("password", directory: directory)
        try section.finish()
        return .basic(username: username, password: password)
    }

    private static func credentials(_ value: YAMLValue, directory: String) throws(ConfigurationError) -> Authorization {
        var section = try YAMLSection(value, name: "authorization")
        let type = section.take("type")
        let secret = try section.secret("credentials", directory: directory)
        try section.finish()
        let name = try type?.string().split(separator: " ").joined(separator: " ") ?? ""
        guard name.lowercased() != "basic" else {
            throw (type ?? value).error("authorization type cannot be set to \"basic\", use \"basic_auth\" instead")
        }
        return .credentials(type: name.isEmpty ? "Bearer" : name, secret)
    }

    private static func headers(_ value: YAMLValue, directory: String) throws(ConfigurationError) -> [Header] {
        var headers: [Header] = []
        for (name, value) in try value.pairs() {
            guard !reservedHeaders.contains(name.lowercased()) else {
                throw value.error("setting header \(goQuoted(name)) is not allowed")
            }
            var section = try YAMLSection(value, name: "http_headers")
            let values = try section.take("values")?.strings() ?? []
            let secrets = try section.take("secrets")?.strings() ?? []
            let files = try section.take("files")?.strings() ?? []
            try section.finish()
            headers.append(
                Header(
                    name: name, values: values,
                    secrets: secrets.map(Secret.text) + files.map { .file(LocalFile.resolve($0, in: directory)) }))
        }
        return headers
    }
}

extension YAMLSection {
    /// Takes `key` or `key_file`, at most one of which may be given.
    mutating func secret(
        _ key: String, directory: String
    ) throws(ConfigurationError) -> HTTPClientSettings.Secret? {
        try refuse("\(key)_ref", because: "this version has no secret manager; use \(key)_file")
        let text = take(key), file = take("\(key)_file")
        guard let file else { return try text.map { (value) throws(ConfigurationError) in .text(try value.string()) } }
        guard text == nil else { throw file.error("at most one of \(name) \(key) & \(key)_file must be configured") }
        return .file(LocalFile.resolve(try file.string(), in: directory))
    }
}

extension HTTPClientSettings.TLS {
    private static let versions: Set<String> = ["TLS10", "TLS11", "TLS12", "TLS13"]

    init(_ value: YAMLValue, directory: String) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "tls_config")
        authorities = try section.secret("ca", directory: directory)
        certificate = try section.secret("cert", directory: directory)
        key = try section.secret("key", directory: directory)
        if let name = try section.take("server_name")?.string(), !name.isEmpty { serverName = name }
        if let skips = section.take("insecure_skip_verify") { verifies = try !skips.bool() }
        minimumVersion = try section.version("min_version", of: Self.versions)
        maximumVersion = try section.version("max_version", of: Self.versions)
        try section.finish()
        if let certificate, key == nil {
            throw value.error("client cert file \(goQuoted(certificate.path ?? "")) specified without client key file")
        }
        if let key, certificate == nil {
            throw value.error("client key file \(goQuoted(key.path ?? "")) specified without client cert file")
        }
        do {
            // The content of files is checked when the targets are scraped: a file may appear later.
            if case .text(let text) = authorities { _ = try Self.certificates(text) }
            if case .text(let text) = certificate { _ = try Self.certificates(text) }
            if case .text(let text) = key { _ = try NIOSSLPrivateKey(bytes: Array(text.utf8), format: .pem) }
        } catch {
            throw value.error("tls_config: not a valid PEM certificate or key: \(error)")
        }
    }
}

extension YAMLSection {
    fileprivate mutating func version(_ key: String, of known: Set<String>) throws(ConfigurationError) -> String? {
        guard let value = take(key) else { return nil }
        let text = try value.string()
        guard known.contains(text) else { throw value.error("unknown TLS version: \(text)") }
        return text
    }
}
