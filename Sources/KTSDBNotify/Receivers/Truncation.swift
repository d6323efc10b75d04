/// Cuts texts that are too long for a receiver.
package enum Truncation {
    private static let mark = "…"

    /// Cuts a text to `limit` characters, of which the last is `…` if `limit` is more than 3.
    package static func characters(_ text: String, _ limit: Int) -> (text: String, isCut: Bool) {
        let scalars = text.unicodeScalars
        guard scalars.count > limit else { return (text, false) }
        if limit <= 3 { return (String(scalars.prefix(limit)), true) }
        return (String(scalars.prefix(limit - 1)) + mark, true)
    }

    /// Cuts a text to `limit` bytes, between two characters, and ends it with `…`.
    package static func bytes(_ text: String, _ limit: Int) -> (text: String, isCut: Bool) {
        guard text.utf8.count > limit else { return (text, false) }
        if limit <= 3 { return (limit == 3 ? mark : String(repeating: ".", count: limit), true) }
        var kept = String.UnicodeScalarView(), count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            if count > limit - 3 { break }
            kept.append(scalar)
        }
        return (String(kept) + mark, true)
    }
}
