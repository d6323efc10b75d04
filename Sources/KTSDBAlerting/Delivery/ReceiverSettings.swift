internal import KTSDBNotify
internal import KTSDBScrape

/// How the address of an integration is reached: its `http_config`.
struct ReceiverSettings: Hashable, Sendable {
    /// Credentials, headers, redirects, TLS.
    var client = HTTPClientSettings()
    /// The name that the server's certificate has to have, if it is not the address' host.
    var serverName: String?
    var proxy = ProxySettings()
    var oauth2: OAuth2Settings?

    /// Takes the settings from a section of the configuration; files are read for each request.
    init(_ values: FieldValues) {
        client.followsRedirects = values["follow_redirects"] == nil || values.flag("follow_redirects")
        client.usesHTTP2 = values["enable_http2"] == nil || values.flag("enable_http2")
        if let tls = values.fields("tls_config") {
            client.tls = HTTPClientSettings.TLS(tls)
            serverName = tls.has("server_name") ? tls.text("server_name") : nil
        }
        client.headers = Self.headers(values.tree("http_headers"))
        if let basic = values.fields("basic_auth") {
            client.authorization = .basic(username: basic.secret("username"), password: basic.secret("password"))
        } else if let general = values.fields("authorization") {
            let type = general.text("type")
            client.authorization = .credentials(
                type: type.isEmpty ? "Bearer" : type, general.secret("credentials"))
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
    }
}

extension FieldValues {
    /// A secret that a field has, or a file that another one names; nil without both.
    func secret(_ name: String) -> HTTPClientSettings.Secret? {
        if has(name) { return .text(text(name)) }
        return has(name + "_file") ? .file(text(name + "_file")) : nil
    }
}
