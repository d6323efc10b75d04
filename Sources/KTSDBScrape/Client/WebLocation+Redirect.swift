extension WebLocation {
    /// Resolves `reference` relative to this address; nil if it is malformed (RFC 3986, 5.2).
    package func resolving(_ reference: String) -> WebLocation? {
        let reference = String(reference.prefix { $0 != "#" })
        if let colon = reference.firstIndex(of: ":"), reference[..<colon].allSatisfy(\.isSchemeCharacter) {
            return WebLocation(reference)
        }
        if reference.hasPrefix("//") { return WebLocation(scheme + ":" + reference) }
        var result = self
        result.user = nil
        result.password = nil
        let path = rest.prefix { $0 != "?" }
        if reference.isEmpty { return result }
        if reference.hasPrefix("?") {
            result.rest = path + reference
        } else if reference.hasPrefix("/") {
            result.rest = Self.withoutDots(reference)
        } else {
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
            result.rest = Self.withoutDots(folder + reference)
        }
        return result
    }

    /// Removes the parts `.` and `..` of a path that begins with `/`.
    private static func withoutDots(_ text: String) -> String {
        let path = text.prefix { $0 != "?" }, query = text[path.endIndex...]
        var parts: [Substring] = []
        let all = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (place, part) in all.enumerated() {
            let isLast = place == all.count - 1
            switch part {
            case ".": if isLast { parts.append("") }
            case "..":
                _ = parts.popLast()
                if isLast { parts.append("") }
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/") + query
    }

    /// Returns whether the host of `other` is this address' host or a subdomain of it, such as `a.example` of
    /// `example`.
    func covers(_ other: WebLocation) -> Bool {
        let mine = host.lowercased(), theirs = other.host.lowercased()
        if mine == theirs { return true }
        return !theirs.contains { $0 == ":" || $0 == "%" } && theirs.hasSuffix("." + mine)
    }
}

extension Character {
    fileprivate var isSchemeCharacter: Bool {
        isASCII && (isLetter || isNumber || self == "+" || self == "-" || self == ".")
    }
}
