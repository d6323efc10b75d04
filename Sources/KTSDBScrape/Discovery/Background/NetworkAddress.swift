/// `HOST:PORT`, as labels and addresses write it.
enum NetworkAddress {
    /// Joins a host and a port. A host with colons, which is an IPv6 address, gets brackets.
    static func joined(_ host: String, _ port: some CustomStringConvertible) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
