internal import PrometheusWire

/// An address with `http://` or `https://`, taken apart as far as requests need it.
package struct RequestAddress: Hashable, Sendable {
    /// `http` or `https`.
    package let scheme: String
    /// `HOST` or `HOST:PORT`.
    package let host: String
    /// What follows the host.
    package let rest: String
    /// The value of the header `Authorization` for a name and a password in the address; nil without them.
    package let authorization: String?

    /// Takes an address apart; nil if it is not one, or has no host.
    package init?(_ text: String) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let after = text[separator.upperBound...]
        let end = after.firstIndex { "/?#".contains($0) } ?? after.endIndex
        let authority = after[..<end]
        rest = String(after[end...])
        if let at = authority.lastIndex(of: "@") {
            host = String(authority[authority.index(after: at)...])
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            authorization = BasicAuthorization.header(
                name: Self.decoded(parts[0]), password: parts.count > 1 ? Self.decoded(parts[1]) : "")
        } else {
            host = String(authority)
            authorization = nil
        }
        guard !host.isEmpty, !host.hasPrefix(":"), !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            return nil
        }
    }

    /// The address without a name and a password.
    package var text: String { "\(scheme)://\(host)\(rest)" }

    /// Undoes percent-encoding; a text that is not encoded stays as it is.
    private static func decoded(_ text: Substring) -> String {
        let bytes = PercentEncoding.decode(text.utf8, plusIsBlank: false) ?? Array(text.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}
