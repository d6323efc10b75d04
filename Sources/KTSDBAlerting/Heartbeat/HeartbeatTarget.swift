package import KTSDBScrape

/// Somebody who wants to know that alerts work, and raises an alarm when heartbeats stop.
package struct HeartbeatTarget: Hashable, Sendable {
    /// The address that is posted to while all is well. It may have a secret in it, so only its host is shown.
    package var url: String
    /// The address that is posted to, with the reason, when something is wrong; nil: heartbeats just stop.
    package var failureURL: String?
    /// How often.
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
