internal import KTSDBModel

/// Checks of addresses, with the error texts of Go.
package enum WebAddress {
    /// Refuses what is not an address with scheme `http` or `https` and a host.
    package static func check(_ text: String) throws(NotifierConfigurationError) {
        func problem(_ reason: String) -> NotifierConfigurationError {
            NotifierConfigurationError("parse \(goQuoted(text)): \(reason)")
        }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            throw problem("net/url: invalid control character in URL")
        }
        guard !text.isEmpty else { throw NotifierConfigurationError("unsupported scheme \"\" for URL") }
        let (scheme, rest) = try split(text, problem)
        guard scheme == "http" || scheme == "https" else {
            throw NotifierConfigurationError("unsupported scheme \(goQuoted(scheme)) for URL")
        }
        guard rest.hasPrefix("//") else { throw NotifierConfigurationError("missing host for URL") }
        let authority = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        if host.isEmpty { throw NotifierConfigurationError("missing host for URL") }
        if host.contains(" ") { throw problem("invalid character \" \" in host name") }
        guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return }
        let port = host[host.index(after: colon)...]
        if !port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw problem("invalid port \(goQuoted(String(host[colon...]))) after host")
        }
    }

    /// Whether a text can be the address of a request: with a scheme, or a path from the root.
    package static func isRequestAddress(_ text: String) -> Bool {
        if text.isEmpty || text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return false }
        guard let (scheme, rest) = try? split(text, { NotifierConfigurationError($0) }) else { return false }
        if scheme.isEmpty { return text == "*" || text.hasPrefix("/") }
        let authority = rest.hasPrefix("//") ? rest.dropFirst(2).prefix { !"/?#".contains($0) } : ""
        return !authority.contains { " <>\"".contains($0) }
    }

    private static func split(
        _ text: String, _ problem: (String) -> NotifierConfigurationError
    ) throws(NotifierConfigurationError) -> (scheme: String, rest: Substring) {
        for (index, character) in zip(text.unicodeScalars.indices, text.unicodeScalars) {
            switch character {
            case "a"..."z", "A"..."Z": continue
            case "0"..."9", "+", "-", ".":
                if index == text.startIndex { return ("", text[...]) }
            case ":":
                if index == text.startIndex { throw problem("missing protocol scheme") }
                return (text[..<index].lowercased(), text[text.index(after: index)...])
            default: return ("", text[...])
            }
        }
        return ("", text[...])
    }

    /// Refuses what is not `host:port`; the host may be empty.
    package static func checkHostPort(_ text: String) throws(NotifierConfigurationError) {
        func problem(_ reason: String) -> NotifierConfigurationError {
            NotifierConfigurationError("address \(text): \(reason)")
        }
        guard let colon = text.lastIndex(of: ":") else { throw problem("missing port in address") }
        let host = text[..<colon]
        if host.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw problem("missing ']' in address") }
            if text.index(after: end) == text.endIndex { throw problem("missing port in address") }
            if text.index(after: end) != colon { throw problem("too many colons in address") }
        } else if host.contains(":") {
            throw problem("too many colons in address")
        }
        if text.index(after: colon) == text.endIndex {
            throw NotifierConfigurationError("address \(goQuoted(text)): port cannot be empty")
        }
    }
}
