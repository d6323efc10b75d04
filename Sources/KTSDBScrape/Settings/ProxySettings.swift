internal import CLibrary
internal import KTSDBModel

/// Through which proxy addresses are reached.
package struct ProxySettings: Hashable, Sendable {
    /// `proxy_url`; empty for none.
    package var url = ""
    /// What is reached without a proxy: names with their subdomains, addresses, networks, parted by commas.
    package var exceptions = ""
    /// Whether the proxies are those of the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.
    package var isFromEnvironment = false
    /// Headers for the proxy alone, each with its values: secrets.
    package var headers: [Header] = []

    /// A header with its values.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var values: [String]

        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    package init() {}

    /// Whether all addresses are reached directly.
    package var isEmpty: Bool { url.isEmpty && !isFromEnvironment }

    /// Returns the proxy for an address; nil if it is reached directly. A proxy that is set without exceptions is used
    /// for all addresses; otherwise this machine is reached directly, as in Go.
    package func proxy(
        for location: WebLocation, environment: (String) -> String? = { SystemCall.environment($0) }
    ) -> WebLocation? {
        func variable(_ name: String) -> String { environment(name) ?? environment(name.lowercased()) ?? "" }
        if !isFromEnvironment {
            if url.isEmpty { return nil }
            if exceptions.isEmpty { return WebLocation(url) }
        }
        let exceptions = isFromEnvironment ? variable("NO_PROXY") : exceptions
        let url = isFromEnvironment ? variable(location.scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY") : url
        guard !url.isEmpty, !Self.isLocal(location.host), !Self.isExcepted(location, exceptions) else { return nil }
        return WebLocation(url.contains("://") ? url : "http://" + url)
    }

    private static func isLocal(_ host: String) -> Bool {
        host.lowercased() == "localhost" || host == "::1" || IPv4Network.address(host).map { $0 >> 24 == 127 } ?? false
    }

    private static func isExcepted(_ location: WebLocation, _ exceptions: String) -> Bool {
        exceptions.split(separator: ",").contains { entry in
            var entry = String(entry.filter { !$0.isWhitespace }).lowercased()
            if entry == "*" { return true }
            if let network = IPv4Network(entry), let address = IPv4Network.address(location.host) {
                return network.contains(address)
            }
            if let colon = entry.lastIndex(of: ":"), let port = Int(entry[entry.index(after: colon)...]),
                !entry[..<colon].contains(":")
            {
                guard port == location.effectivePort else { return false }
                entry = String(entry[..<colon])
            }
            let host = location.host.lowercased()
            if entry.hasPrefix("*.") { entry.removeFirst() }
            if entry.hasPrefix(".") { return host.hasSuffix(entry) }
            return !entry.isEmpty && (host == entry || host.hasSuffix("." + entry))
        }
    }
}
