package import KTSDBConfiguration
internal import Yams

extension YAMLMap {
    fileprivate mutating func set(_ key: String, _ secret: HTTPClientSettings.Secret?) {
        switch secret {
        case .text: set(key, "<secret>")
        case .file(let path): set("\(key)_file", path)
        case nil: break
        }
    }
}

extension HTTPClientSettings {
    /// Writes the settings to the section that they were taken from.
    package func add(to map: inout YAMLMap) {
        var section = YAMLMap()
        switch authorization {
        case .basic(let username, let password):
            // Only the password is a secret; a user's name is shown.
            if case .text(let name) = username {
                section.set("username", name)
            } else {
                section.set("username", username)
            }
            section.set("password", password)
            map.set("basic_auth", section.node)
        case .credentials(let type, let secret):
            section.set("type", type)
            section.set("credentials", secret)
            map.set("authorization", section.node)
        case nil: break
        }
        if let oauth2 { map.set("oauth2", oauth2.node) }
        map.set("follow_redirects", followsRedirects)
        map.set("enable_http2", usesHTTP2)
        proxy.add(to: &map)
        if !headers.isEmpty {
            var section = YAMLMap()
            for header in headers { section.set(header.name, header.node) }
            map.set("http_headers", section.node)
        }
        if tls != TLS() { map.set("tls_config", tls.node) }
    }
}

extension HTTPClientSettings.Header {
    fileprivate var node: Node {
        var map = YAMLMap()
        map.set("values", strings: values)
        map.set("secrets", strings: secrets.compactMap { if case .text = $0 { "<secret>" } else { nil } })
        map.set("files", strings: secrets.compactMap { if case .file(let path) = $0 { path } else { nil } })
        return map.node
    }
}

extension HTTPClientSettings.TLS {
    fileprivate var node: Node {
        var map = YAMLMap()
        for (key, source) in [("ca", authorities), ("cert", certificate)] {
            switch source {
            case .text(let text): map.set(key, text)
            case .file(let path): map.set("\(key)_file", path)
            case nil: break
            }
        }
        map.set("key", key)
        map.set("server_name", serverName)
        map.set("insecure_skip_verify", !verifies)
        map.set("min_version", minimumVersion)
        map.set("max_version", maximumVersion)
        return map.node
    }
}

extension OAuth2Settings {
    fileprivate var node: Node {
        var map = YAMLMap()
        map.set("client_id", clientID)
        map.set("client_secret", clientSecret)
        map.set("token_url", tokenURL)
        map.set("scopes", strings: scopes)
        var section = YAMLMap()
        for parameter in parameters { section.set(parameter.name, parameter.value) }
        if !parameters.isEmpty { map.set("endpoint_params", section.node) }
        if tls != HTTPClientSettings.TLS() { map.set("tls_config", tls.node) }
        proxy.add(to: &map)
        return map.node
    }
}

extension ProxySettings {
    fileprivate func add(to map: inout YAMLMap) {
        if !url.isEmpty { map.set("proxy_url", shownURL) }
        if !exceptions.isEmpty { map.set("no_proxy", exceptions) }
        if isFromEnvironment { map.set("proxy_from_environment", true) }
        var section = YAMLMap()
        for header in headers { section.set(header.name, strings: header.values.map { _ in "<secret>" }) }
        if !headers.isEmpty { map.set("proxy_connect_header", section.node) }
    }

    /// The proxy's address without its password, as Go shows it.
    private var shownURL: String {
        guard let location = WebLocation(url), let user = location.user else { return url }
        let password = location.password == nil ? "" : ":xxxxx"
        return "\(location.scheme)://\(user)\(password)@\(location.authority)\(location.rest)"
    }
}
