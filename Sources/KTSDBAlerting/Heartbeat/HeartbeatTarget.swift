package import KTSDBScrape

/// A service that monitors whether alerting works here, and raises an alarm when heartbeats stop.
package struct HeartbeatTarget: Hashable, Sendable {
    /// The address that receives a post while all is well. It may contain a secret, so only its host is shown.
    package var url: String
    /// The address that receives a post with the reasons when something is wrong; if nil, heartbeats just stop.
    package var failureURL: String?
    /// The time between two heartbeats.
    package var interval: Duration
    /// How long a request may take.
    package var timeout: Duration
    /// Credentials, headers and TLS of requests.
    package var client: HTTPClientSettings

    package init(
        url: String, failureURL: String? = nil, interval: Duration = .seconds(60), timeout: Duration = .seconds(10),
        client: HTTPClientSettings = HTTPClientSettings()
    ) {
        self.url = url
        self.failureURL = failureURL
        self.interval = interval
        self.timeout = timeout
        self.client = client
    }

    /// The host, for the log.
    package var host: String { Self.host(of: url) }

    static func host(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return String(authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}
