internal import KTSDBScrape

/// Replaces secrets in texts that people see: an answer may repeat the address or the token that was sent to it.
struct Redaction: Sendable {
    private static let mark = "<redacted>"
    /// Shorter texts are not secrets, and replacing them would garble the rest.
    private static let shortestSecret = 6

    private var secrets: [String] = []

    init() {}

    /// Hides an address, which may have a token in its path or its query.
    mutating func hide(address: String) {
        guard let location = WebLocation(address) else { return hide(address) }
        hide(address)
        hide(location.text)
        hide(location.rest)
        hide(location.password ?? "")
        for part in location.rest.split(whereSeparator: { "/?&=".contains($0) }) where part.count >= 16 {
            hide(String(part))
        }
    }

    /// Hides a text.
    mutating func hide(_ secret: String) {
        if secret.utf8.count >= Self.shortestSecret { secrets.append(secret) }
    }

    func applied(to text: String) -> String {
        // Longer ones first: one may be part of another.
        secrets.sorted { $0.utf8.count > $1.utf8.count }.reduce(text) { $0.replacing($1, with: Self.mark) }
    }
}
