internal import CLibrary
internal import KTSDBNotify

/// Through which proxy addresses are reached.
struct ProxySettings: Hashable, Sendable {
    /// `proxy_url`; empty for none.
    var url = ""
    /// What is reached without a proxy: names with their subdomains, addresses, networks, parted by commas.
    var exceptions = ""
    /// Whether the proxies are those of the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.
    var isFromEnvironment = false
    /// Headers for the proxy alone, each with its values.
    var headers: [[String]] = []

    init() {}

    init(_ values: FieldValues) {
        url = values.text("proxy_url")
        exceptions = values.text("no_proxy")
        isFromEnvironment = values.flag("proxy_from_environment")
        guard case .object(let members)? = values.tree("proxy_connect_header") else { return }
        headers = members.map { member in
            if case .array(let elements) = member.value { [member.name] + elements.compactMap(\.text) } else { [] }
        }
    }

    /// Returns the proxy for an address; nil if it is reached directly. A proxy that is set without exceptions is used
    /// for all addresses; otherwise this machine is reached directly, as in Go.
    func proxy(
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

/// A network such as `10.0.0.0/8`.
struct IPv4Network: Hashable, Sendable {
    private var address: UInt32
    private var bits: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.address(String(parts[0])), let bits = Int(parts[1]),
            (0...32).contains(bits)
        else { return nil }
        self.address = address
        self.bits = bits
    }

    func contains(_ other: UInt32) -> Bool { bits == 0 || (address ^ other) >> UInt32(32 - bits) == 0 }

    /// The number of an address such as `10.1.2.3`; nil if it is malformed.
    static func address(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, !parts.contains(nil) else { return nil }
        return parts.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }
    }
}
