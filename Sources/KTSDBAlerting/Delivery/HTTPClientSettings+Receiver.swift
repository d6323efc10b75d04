internal import KTSDBNotify
internal import KTSDBScrape
internal import PrometheusWire

extension HTTPClientSettings {
    /// Takes from the section `http_config` how the address of an integration is reached; files are read for each
    /// request.
    init(_ values: FieldValues) {
        self.init()
        followsRedirects = values["follow_redirects"] == nil || values.flag("follow_redirects")
        usesHTTP2 = values["enable_http2"] == nil || values.flag("enable_http2")
        if let tls = values.fields("tls_config") { self.tls = TLS(tls) }
        headers = Self.headers(values.tree("http_headers"))
        if let basic = values.fields("basic_auth") {
            authorization = .basic(username: basic.secret("username"), password: basic.secret("password"))
        } else if let general = values.fields("authorization") {
            let type = general.text("type")
            authorization = .credentials(type: type.isEmpty ? "Bearer" : type, general.secret("credentials"))
        }
        proxy = ProxySettings(values)
        oauth2 = values.fields("oauth2").map(OAuth2Settings.init)
    }

    private static func headers(_ tree: JSONTree?) -> [HTTPClientSettings.Header] {
        guard case .object(let members)? = tree else { return [] }
        return members.map { member in
            let secrets = texts(member.value["secrets"]).map { HTTPClientSettings.Secret.text($0) }
            let files = texts(member.value["files"]).map { HTTPClientSettings.Secret.file($0) }
            return HTTPClientSettings.Header(
                name: member.name, values: texts(member.value["values"]), secrets: secrets + files)
        }
    }

    private static func texts(_ value: JSONTree?) -> [String] {
        if case .array(let elements)? = value { elements.compactMap(\.text) } else { [] }
    }
}

extension HTTPClientSettings.TLS {
    /// Takes the settings from a section `tls_config`.
    init(_ values: FieldValues) {
        self.init()
        authorities = values.secret("ca")
        certificate = values.secret("cert")
        key = values.secret("key")
        verifies = !values.flag("insecure_skip_verify")
        minimumVersion = values.has("min_version") ? values.text("min_version") : nil
        maximumVersion = values.has("max_version") ? values.text("max_version") : nil
        serverName = values.has("server_name") ? values.text("server_name") : nil
    }
}

extension OAuth2Settings {
    /// Takes the settings from a section `oauth2`.
    fileprivate init(_ values: FieldValues) {
        self.init(
            clientID: values.text("client_id"), clientSecret: values.secret("client_secret"),
            tokenURL: values.text("token_url"))
        scopes = values.texts("scopes")
        parameters = values.pairs("endpoint_params").pairs.map { Parameter(name: $0.name, value: $0.value) }
        tls = values.fields("tls_config").map(HTTPClientSettings.TLS.init) ?? HTTPClientSettings.TLS()
        proxy = ProxySettings(values)
    }
}

extension ProxySettings {
    /// Takes the settings from a section that has them among others.
    fileprivate init(_ values: FieldValues) {
        self.init()
        url = values.text("proxy_url")
        exceptions = values.text("no_proxy")
        isFromEnvironment = values.flag("proxy_from_environment")
        guard case .object(let members)? = values.tree("proxy_connect_header") else { return }
        headers = members.map { member in
            guard case .array(let elements) = member.value else { return Header(name: member.name, values: []) }
            return Header(name: member.name, values: elements.compactMap(\.text))
        }
    }
}

extension FieldValues {
    /// A secret that a field has, or a file that another one names; nil without both.
    fileprivate func secret(_ name: String) -> HTTPClientSettings.Secret? {
        if has(name) { return .text(text(name)) }
        return has(name + "_file") ? .file(text(name + "_file")) : nil
    }
}
