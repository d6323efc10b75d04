/// The parts of an address such as `https://user:password@host:443/path?query`.
package struct WebLocation: Hashable, Sendable {
    package var scheme: String
    /// Name and password, still percent-encoded; nil without them.
    package var user: String?
    package var password: String?
    /// Without brackets.
    package var host: String
    package var port: Int?
    /// From the path on, with query; empty or beginning with `/` or `?`. Without fragment.
    package var rest: String

    /// Takes an address apart; nil if it is malformed.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"), mark.lowerBound != text.startIndex else { return nil }
        scheme = text[..<mark.lowerBound].lowercased()
        let after = text[mark.upperBound...].prefix { $0 != "#" }
        let authority = after.prefix { $0 != "/" && $0 != "?" }
        rest = String(after[authority.endIndex...])
        var place = authority
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = String(parts[0])
            password = parts.count > 1 ? String(parts[1]) : nil
            place = authority[authority.index(after: at)...]
        }
        guard let (host, port) = Self.place(place) else { return nil }
        self.host = host
        self.port = port
    }

    private static func place(_ text: Substring) -> (host: String, port: Int?)? {
        var host = text, port: Int?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
            port = Int(tail.dropFirst())
            if tail.count > 1, port == nil { return nil }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            let digits = text[text.index(after: colon)...]
            port = Int(digits)
            if !digits.isEmpty, port == nil { return nil }
        }
        guard !host.isEmpty, port.map({ (0...65_535).contains($0) }) ?? true else { return nil }
        return (String(host), port)
    }

    /// The port, or the one that the scheme implies.
    package var effectivePort: Int {
        switch (port, scheme) {
        case (let port?, _): port
        case (nil, "https"): 443
        case (nil, "socks5"): 1080
        default: 80
        }
    }

    /// Host and port.
    package var authority: String { (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "") }

    /// The address without name and password.
    package var text: String { scheme + "://" + authority + rest }

    /// The same with a path, as proxies want it.
    package var absolute: String { scheme + "://" + authority + (rest.hasPrefix("/") ? rest : "/" + rest) }
}
