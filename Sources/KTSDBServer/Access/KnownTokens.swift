internal import KTSDBConfiguration
internal import KTSDBNotify
internal import PasswordHashing

/// The bearer tokens of the settings, by their hashes.
struct KnownTokens: Sendable {
    private var tokens: [(hash: [UInt8], scopes: Set<AccessScope>)] = []

    init() {}

    /// Reads the tokens, including those in files.
    /// - Throws: `ConfigurationError` for a file that cannot be read, or whose token is too short.
    init(_ settings: AccessSettings) throws(ConfigurationError) {
        for token in settings.tokens { tokens.append((try Self.hash(token), token.scopes)) }
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// Returns the scopes of a token; nil if it is unknown. Takes the same time for all tokens.
    func scopes(of token: String) -> Set<AccessScope>? {
        let hash = Self.hash(token)
        var found: Set<AccessScope>?
        for known in tokens where ConstantTime.areEqual(known.hash, hash) { found = known.scopes }
        return found
    }

    private static func hash(_ token: String) -> [UInt8] { Array(SHA256.hexadecimal(Array(token.utf8)).utf8) }

    private static func hash(_ token: AccessSettings.Token) throws(ConfigurationError) -> [UInt8] {
        switch token.source {
        case .text(let text): return hash(text)
        case .hash(let digits): return Array(digits.utf8)
        case .file(let path):
            let text: String
            do throws(LocalFile.Failure) { text = try LocalFile.text(path) } catch {
                throw ConfigurationError(unreadable: path, error)
            }
            let isSpace: (Character) -> Bool = { $0.isWhitespace }
            let trimmed = String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
            guard trimmed.utf8.count >= AccessSettings.shortest else {
                throw ConfigurationError(
                    file: path, line: nil, reason: "the token has fewer than \(AccessSettings.shortest) bytes")
            }
            return hash(trimmed)
        }
    }
}
