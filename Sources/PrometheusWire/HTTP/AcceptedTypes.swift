/// The media types in a request's header `Accept`, the preferred ones first.
///
/// ```
/// text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1
/// ```
package struct AcceptedTypes: Sendable {
    /// A media type and its quality.
    package struct Entry: Hashable, Sendable {
        /// Type and subtype in lower case, such as `text/plain`, `text/*`, `*/*`.
        package var type: String
        /// The parameters except `q`, by their names in lower case, without quotes.
        package var parameters: [String: String]
        /// From 0 to 1; 1 if it is missing, or not a number.
        package var quality: Double
    }

    /// Sorted by quality, then types without wildcards before those with them, then as they were written.
    package let entries: [Entry]

    /// Reads a header; malformed types are left out.
    package init(_ header: String) {
        let entries = Self.split(header, at: ",").compactMap(Self.entry)
        self.entries = entries.enumerated().sorted { left, right in
            if left.element.quality != right.element.quality { return left.element.quality > right.element.quality }
            let (a, b) = (Self.wildcards(left.element), Self.wildcards(right.element))
            return a != b ? a < b : left.offset < right.offset
        }.map(\.element)
    }

    private static func wildcards(_ entry: Entry) -> Int {
        entry.type == "*/*" ? 2 : entry.type.hasSuffix("/*") ? 1 : 0
    }

    private static func entry(_ text: Substring) -> Entry? {
        let parts = split(text, at: ";").map(trimmed)
        var type = parts[0].lowercased()
        if type == "*" { type = "*/*" }
        guard type.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return nil }
        var entry = Entry(type: type, parameters: [:], quality: 1)
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = trimmed(part[..<equals]).lowercased()
            var value = trimmed(part[part.index(after: equals)...])
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            if name == "q" {
                entry.quality = Double(value).flatMap { (0...1).contains($0) ? $0 : nil } ?? 1
            } else {
                entry.parameters[name] = String(value)
            }
        }
        return entry
    }

    private static func split(_ text: some StringProtocol, at separator: Character) -> [Substring] {
        // Separators inside quotes do not count.
        var parts: [Substring] = [], isQuoted = false
        let text = Substring(text)
        var start = text.startIndex
        for index in text.indices {
            if text[index] == "\"" { isQuoted.toggle() }
            guard !isQuoted, text[index] == separator else { continue }
            parts.append(text[start..<index])
            start = text.index(after: index)
        }
        return parts + [text[start...]]
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

/// The variant of the Prometheus text format that a client accepts, as Prometheus 3 negotiates it.
package struct TextPageFormat: Hashable, Sendable {
    /// The format's version: 1.0.0 is 0.0.4 with a parameter for the escaping of names.
    package enum Version: String, Hashable, Sendable {
        case v0 = "0.0.4"
        case v1 = "1.0.0"
    }

    package var version = Version.v0
    package var escaping = NameEscaping.underscores

    /// Negotiates by the header `accept`. The result is 0.0.4 with underscores for a client that asks for nothing
    /// available, as old servers do.
    package init(accept: String) {
        for entry in AcceptedTypes(accept).entries {
            // As in Prometheus, the escaping counts in any entry, whatever its type.
            if let scheme = entry.parameters["escaping"].flatMap(NameEscaping.init(rawValue:)) { escaping = scheme }
            guard entry.type == "text/plain" else { continue }
            switch entry.parameters["version"] ?? "" {
            case "", Version.v0.rawValue: return
            case Version.v1.rawValue:
                version = .v1
                return
            default: continue
            }
        }
    }

    /// The `Content-Type` of the answer.
    package var contentType: String {
        "text/plain; version=\(version.rawValue); charset=utf-8; escaping=\(escaping.rawValue)"
    }
}
