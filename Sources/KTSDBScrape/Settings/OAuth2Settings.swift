/// Where requests get their tokens: the section `oauth2`, with the grant of client credentials (RFC 6749, 4.4).
package struct OAuth2Settings: Hashable, Sendable {
    /// A parameter of `endpoint_params`.
    package struct Parameter: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var clientID: String
    package var clientSecret: HTTPClientSettings.Secret?
    package var tokenURL: String
    package var scopes: [String] = []
    package var parameters: [Parameter] = []
    /// How the address of tokens is reached.
    package var tls = HTTPClientSettings.TLS()
    package var proxy = ProxySettings()

    package init(clientID: String, clientSecret: HTTPClientSettings.Secret?, tokenURL: String) {
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.tokenURL = tokenURL
    }

    /// The settings of a request for a token.
    var client: HTTPClientSettings {
        var settings = HTTPClientSettings()
        settings.tls = tls
        settings.proxy = proxy
        return settings
    }
}
