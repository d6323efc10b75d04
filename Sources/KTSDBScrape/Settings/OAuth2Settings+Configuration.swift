internal import KTSDBConfiguration
internal import KTSDBModel

extension OAuth2Settings {
    /// Fields of the grant with a signed token (RFC 7523).
    private static let signatureFields = [
        "client_certificate_key_id", "client_certificate_key", "client_certificate_key_file",
        "client_certificate_key_ref", "signature_algorithm", "iss", "audience", "claims",
    ]

    /// Reads and checks the section `oauth2`.
    init(_ value: YAMLValue, directory: String) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "oauth2")
        let clientID = try section.take("client_id")?.string() ?? ""
        let tokenURL = try section.take("token_url")?.string() ?? ""
        if clientID.isEmpty { throw value.error("oauth2 client_id must be configured") }
        if tokenURL.isEmpty { throw value.error("oauth2 token_url must be configured") }
        self.init(
            clientID: clientID, clientSecret: try section.secret("client_secret", directory: directory),
            tokenURL: tokenURL)
        if let grant = section.take("grant_type") {
            let name = try grant.string()
            if !["", "client_credentials"].contains(name) {
                try grant.refuse("oauth2: grant_type \(goQuoted(name)) is not supported; use client_credentials")
            }
        }
        for key in Self.signatureFields {
            try section.refuse(key, because: "this version gets tokens with client_secret; remove the field")
        }
        scopes = try section.take("scopes")?.strings() ?? []
        for (name, value) in try section.take("endpoint_params")?.pairs() ?? [] {
            parameters.append(Parameter(name: name, value: try value.string()))
        }
        if let value = section.take("tls_config") {
            tls = try HTTPClientSettings.TLS(value, directory: directory)
        }
        proxy = try ProxySettings(taking: &section)
        try section.finish()
    }
}
