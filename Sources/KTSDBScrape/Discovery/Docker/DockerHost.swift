internal import PrometheusWire

/// The address of a Docker daemon, reached through a socket or over TCP.
struct DockerHost: Hashable, Sendable {
    /// The beginning of all URLs, without a slash at its end.
    let address: String
    /// Whether the HTTP settings of the configuration apply. As in Prometheus, they do not apply to sockets and
    /// `tcp://`.
    let usesSettings: Bool

    /// Reads `unix:///PATH`, `tcp://HOST:PORT`, or an address with `http://` or `https://`; nil for anything else.
    init?(_ text: String) {
        if text.hasPrefix("unix://") {
            let path = text.dropFirst("unix://".count)
            guard path.hasPrefix("/") else { return nil }
            address = "http+unix://" + PercentEncoding.query(String(path)).replacing("+", with: "%20")
            usesSettings = false
            return
        }
        guard var location = WebLocation(text), ["tcp", "http", "https"].contains(location.scheme) else { return nil }
        usesSettings = location.scheme != "tcp"
        if location.scheme == "tcp" { location.scheme = "http" }
        // Credentials in the address are dropped; only the settings have credentials.
        address = String(location.text.reversed().drop { $0 == "/" }.reversed())
    }
}
