internal import KTSDBScrape
internal import PrometheusWire

/// The address of a server, such as `http://user:password@127.0.0.1:9093/prefix`.
package struct ServerAddress: Hashable, Sendable {
    package struct Credentials: Hashable, Sendable {
        package var user: String
        package var password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// Scheme, host and path, without a slash at the end; can be shown.
    package private(set) var base: String
    package private(set) var credentials: Credentials?

    /// Takes an address apart; nil if it is malformed. Without a scheme it has the `preset`, if there is one.
    package init?(_ text: String, preset: String? = nil) {
        var address = text
        if let preset, !text.contains("://") { address = "\(preset)://\(text)" }
        guard let mark = address.firstRange(of: "://"), ["http", "https"].contains(address[..<mark.lowerBound]),
            WebLocation(address) != nil, !address.contains(where: \.isWhitespace)
        else { return nil }
        var rest = address[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        if let sign = authority.lastIndex(of: "@") {
            let pair = authority[..<sign].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            credentials = Credentials(
                user: Self.decoded(pair[0]), password: pair.count > 1 ? Self.decoded(pair[1]) : "")
            rest = rest[rest.index(after: sign)...]
        }
        base = String(address[..<mark.upperBound] + rest)
        while base.hasSuffix("/") { base.removeLast() }
    }

    private static func decoded(_ text: Substring) -> String {
        String(decoding: PercentEncoding.decode(text.utf8, plusIsBlank: false) ?? Array(text.utf8), as: UTF8.self)
    }
}
