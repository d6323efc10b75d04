/// A host and a port, split and joined as in Go's package `net`.
struct HostPort {
    var host: String
    var port: String

    /// Splits `host:port` or `[host]:port`; nil for any other text.
    init?(_ text: String) {
        let bytes = Array(text.utf8), colon = UInt8(ascii: ":")
        let opening = UInt8(ascii: "["), closing = UInt8(ascii: "]")
        guard let last = bytes.lastIndex(of: colon) else { return nil }
        var host = bytes[..<last], openingsFrom = 0, closingsFrom = 0
        if bytes[0] == opening {
            guard let end = bytes.firstIndex(of: closing), end + 1 == last else { return nil }
            host = bytes[1..<end]
            (openingsFrom, closingsFrom) = (1, end + 1)
        } else if host.contains(colon) {
            return nil
        }
        guard !bytes[openingsFrom...].contains(opening), !bytes[closingsFrom...].contains(closing) else { return nil }
        self.host = String(decoding: host, as: UTF8.self)
        port = String(decoding: bytes[(last + 1)...], as: UTF8.self)
    }

    /// Returns `host:port`, with brackets around a host that has a colon or a percent sign.
    static func join(_ host: String, _ port: String) -> String {
        host.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }
            ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Returns the host of a text; the whole text if it is not a host with a port.
    static func strippingPort(_ text: String) -> String { HostPort(text)?.host ?? text }

    /// Returns the first label of the host name, with the port if there is one. A text whose host is an IP address is
    /// returned unchanged.
    static func strippingDomain(_ text: String) -> String {
        let parts = HostPort(text), host = parts?.host ?? text
        guard !isAddress(host) else { return text }
        let name = String(host.split(separator: ".", omittingEmptySubsequences: false)[0])
        guard let port = parts?.port, !port.isEmpty else { return name }
        return join(name, port)
    }

    // MARK: Addresses

    static func isAddress(_ text: String) -> Bool { text.contains(":") ? isVersion6(text) : isVersion4(text) }

    private static func isVersion4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && (Int(part) ?? 256) <= 255 && (part == "0" || part.first != "0")
            }
    }

    private static func isVersion6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, !text.contains(":::") else { return false }
        let counts = halves.enumerated().map { groupCount($1, mayEndInVersion4: $0 == halves.count - 1) }
        guard let total = counts.reduce(0, { sum, count in sum.flatMap { sum in count.map { $0 + sum } } }) else {
            return false
        }
        return halves.count == 2 ? total < 8 : total == 8
    }

    /// Returns how many groups of 16 bits a part of an address has; nil if it is malformed.
    private static func groupCount(_ text: Substring, mayEndInVersion4: Bool) -> Int? {
        guard !text.isEmpty else { return 0 }
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        var count = 0
        for (index, group) in groups.enumerated() {
            if index == groups.count - 1, mayEndInVersion4, group.contains("."), isVersion4(String(group)) {
                count += 2
            } else if (1...4).contains(group.utf8.count), group.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
                count += 1
            } else {
                return nil
            }
        }
        return count
    }
}
