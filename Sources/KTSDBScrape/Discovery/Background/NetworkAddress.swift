/// `HOST:PORT`, as labels and addresses have it.
enum NetworkAddress {
    /// Returns both; a host with colons, which is an IPv6 address, gets brackets.
    static func joined(_ host: String, _ port: some CustomStringConvertible) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
