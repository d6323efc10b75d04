/// Makes error texts fit for clients: a file is named relative to the data directory, or by its bare name, never by its
/// location on the machine.
package struct ClientPaths: Sendable {
    /// The data directory, without a slash at its end.
    private let root: String

    package init(dataDirectory: String) {
        var root = dataDirectory
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.root = root
    }

    /// Returns `text` with its absolute paths made relative.
    package func relative(_ text: String) -> String {
        var result = "", rest = text[...]
        while let start = Self.pathStart(in: rest, after: result.last) {
            result += rest[..<start]
            rest = rest[start...]
            if let below = below(root, rest) {
                if below.isEmpty { result += "the data directory" } else { result += below }
                rest = rest[below.endIndex...]
            } else {
                let path = rest.prefix { !Self.endsPath($0) }
                result += path.split(separator: "/").last ?? "/"
                rest = rest[path.endIndex...]
            }
        }
        return result + rest
    }

    /// Returns what follows the root and a slash in `text`, up to the path's end; empty if the path is the root itself,
    /// nil if the path is not inside the root.
    private func below(_ root: String, _ text: Substring) -> Substring? {
        guard root.hasPrefix("/"), root.count > 1, text.hasPrefix(root) else { return nil }
        let end = text.index(text.startIndex, offsetBy: root.count)
        let path = text[end...].prefix { !Self.endsPath($0) }
        guard !path.isEmpty else { return path }
        guard path.hasPrefix("/") else { return nil }
        return path.drop { $0 == "/" }
    }

    /// Returns where the first absolute path begins: at a slash that does not follow a word or another slash, as those
    /// of URLs do, and that is followed by more of a path.
    private static func pathStart(in text: Substring, after last: Character?) -> Substring.Index? {
        var previous = last
        for index in text.indices {
            defer { previous = text[index] }
            guard text[index] == "/", previous.map({ endsPath($0) || $0 == "=" }) ?? true, previous != ":" else {
                continue
            }
            let next = text.index(after: index)
            if next < text.endIndex, text[next] != "/", !endsPath(text[next]) { return index }
        }
        return nil
    }

    private static func endsPath(_ character: Character) -> Bool {
        character.isWhitespace || "\"'`:,;()<>".contains(character)
    }
}
