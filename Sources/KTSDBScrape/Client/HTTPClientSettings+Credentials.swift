package import NIOHTTP1

extension HTTPClientSettings {
    /// Headers that identify the client to one host.
    private static let privateHeaders = [
        "Authorization", "WWW-Authenticate", "Cookie", "Cookie2", "Proxy-Authorization", "Proxy-Authenticate",
    ]

    /// Removes the headers that only the configured host may see: credentials, and headers with secrets.
    package func removeCredentials(from headers: inout HTTPHeaders) {
        for name in Self.privateHeaders { headers.remove(name: name) }
        for header in self.headers where !header.secrets.isEmpty { headers.remove(name: header.name) }
    }
}
