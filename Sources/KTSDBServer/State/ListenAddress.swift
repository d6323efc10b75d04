/// An address to listen at: a TCP port, or a socket of Unix.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or address of this machine, without brackets; `localhost` for a socket of Unix.
    public var host: String
    /// The TCP port; 0 lets the system choose one. A socket of Unix has port 0.
    public var port: Int
    /// The path of a socket of Unix; nil for a TCP port.
    public var unixPath: String?

    /// Where the server listens if nothing is said.
    public static let standard = ListenAddress(host: "0.0.0.0", port: 9090)

    private static let unixPrefix = "unix:"

    /// Creates an address from its parts.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`, which means all addresses, or `unix:PATH`.
    public init?(_ text: String) {
        if text.hasPrefix(Self.unixPrefix) {
            let path = text.dropFirst(Self.unixPrefix.count)
            guard !path.isEmpty else { return nil }
            self.init(host: "localhost", port: 0)
            unixPath = String(path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: Int(port))
    }

    /// `HOST:PORT`, or `unix:PATH`.
    public var description: String {
        if let unixPath { return Self.unixPrefix + unixPath }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The address at which a client on this machine reaches the server: one that means all addresses is replaced by
    /// the loopback address.
    public var reachable: ListenAddress {
        guard unixPath == nil else { return self }
        return ListenAddress(host: host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host, port: port)
    }
}
