/// The content of a resolver file such as `/etc/resolv.conf`.
struct ResolverFile: Hashable, Sendable {
    /// The addresses of DNS servers.
    var servers: [String] = []
    /// The search domains, which are appended to names.
    var search: [String] = []
    /// A name with at least this many dots is first looked up as it is.
    var dots = 1
    /// How many times each server is asked.
    var attempts = 2
    /// How long one answer may take.
    var timeout = Duration.seconds(2)

    /// The most servers, and the most domains, that are read.
    private static let limit = 16

    /// Reads the file's text. Malformed lines are ignored, as other resolvers do.
    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" && $0 != ";" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count > 1 else { continue }
            switch words[0] {
            case "nameserver": if servers.count < Self.limit { servers.append(words[1]) }
            case "domain": search = [words[1]]
            case "search": search = Array(words.dropFirst().prefix(Self.limit))
            case "options": for option in words.dropFirst() { read(option) }
            default: break
            }
        }
        if servers.isEmpty { servers = ["127.0.0.1"] }
    }

    private mutating func read(_ option: String) {
        let parts = option.split(separator: ":")
        guard parts.count == 2, let number = Int(parts[1]), number >= 0 else { return }
        switch parts[0] {
        case "ndots": dots = min(number, 15)
        case "attempts": attempts = min(max(number, 1), 5)
        case "timeout": timeout = .seconds(min(max(number, 1), 30))
        default: break
        }
    }

    /// Returns the names to look up, in order, each with a dot at the end.
    func candidates(for name: String) -> [String] {
        if name.hasSuffix(".") { return [name] }
        let full = name + "."
        let inDomains = search.map { domain in
            domain == "." ? full : full + (domain.hasSuffix(".") ? domain : domain + ".")
        }
        return name.count { $0 == "." } >= dots ? [full] + inDomains : inDomains + [full]
    }
}
