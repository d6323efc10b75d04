internal import KTSDBNotify
internal import KTSDBScrape

/// Where an integration gets its tokens: the section `oauth2`, with the grant of client credentials (RFC 6749, 4.4).
struct OAuth2Settings: Hashable, Sendable {
    var clientID: String
    var clientSecret: HTTPClientSettings.Secret?
    var tokenURL: String
    var scopes: [String]
    var parameters: KeyValues
    /// How the address of tokens is reached.
    var tls: HTTPClientSettings.TLS
    var proxy: ProxySettings

    init(_ values: FieldValues) {
        clientID = values.text("client_id")
        clientSecret = values.secret("client_secret")
        tokenURL = values.text("token_url")
        scopes = values.texts("scopes")
        parameters = values.pairs("endpoint_params")
        tls = values.fields("tls_config").map(HTTPClientSettings.TLS.init) ?? HTTPClientSettings.TLS()
        proxy = ProxySettings(values)
    }
}
