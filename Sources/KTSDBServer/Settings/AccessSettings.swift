package import KTSDBConfiguration
internal import KTSDBModel

/// Bearer tokens: with any of them, nothing is served without credentials.
///
/// ```yaml
/// access:
///   tokens:
///   - name: grafana
///     token: ${GRAFANA_TOKEN}
///     scopes: [read]
///   - name: writers
///     token_file: /run/secrets/writers
///     scopes: [write]
///   - name: operator
///     token_sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
///     scopes: [read, write, admin]
/// ```
package struct AccessSettings: SettingsSection {
    package static let key = "access"

    /// A token, what it may be used for, and where it is.
    package struct Token: Hashable, Sendable {
        package enum Source: Hashable, Sendable {
            case text(String)
            /// The file with the token; white space around it does not count.
            case file(String)
            /// The SHA-256 of the token, in 64 lowercase hexadecimal digits.
            case hash(String)
        }

        /// The name in the log.
        package var name: String
        package var source: Source
        package var scopes: Set<AccessScope>
    }

    package var tokens: [Token] = []

    /// How many tokens there may be.
    private static let limit = 1000
    /// The shortest token, in bytes: shorter ones can be guessed.
    package static let shortest = 16

    package init() {}

    package init(taking section: inout YAMLSection) throws(ConfigurationError) {
        let values = try section.take("tokens")?.list() ?? []
        guard values.count <= Self.limit else { throw section.value.error("more than \(Self.limit) tokens") }
        for value in values {
            let token = try Token(value)
            guard !tokens.contains(where: { $0.name == token.name }) else {
                throw value.error("the token \(goQuoted(token.name)) is there twice")
            }
            tokens.append(token)
        }
    }
}

extension AccessSettings.Token {
    fileprivate init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "access.tokens")
        guard let name = try section.take("name")?.string() else {
            throw value.error("name: the token's name is missing")
        }
        let text = section.take("token"), file = section.take("token_file"), hash = section.take("token_sha256")
        guard [text, file, hash].count(where: { $0 != nil }) == 1 else {
            throw value.error("one of token, token_file and token_sha256 is needed, and no more")
        }
        if let text {
            source = .text(try Self.checked(text))
        } else if let hash {
            source = .hash(try Self.checkedHash(hash))
        } else {
            source = .file(LocalFile.resolve(try file?.string() ?? "", in: LocalFile.directory(of: value.file)))
        }
        self.name = name
        scopes = [.read]
        if let list = section.take("scopes") { scopes = try Self.scopes(list) }
        try section.finish()
    }

    private static func checked(_ value: YAMLValue) throws(ConfigurationError) -> String {
        let text = try value.string()
        guard text.utf8.count >= AccessSettings.shortest else {
            throw value.error("token: it has fewer than \(AccessSettings.shortest) bytes; make a longer one at random")
        }
        return text
    }

    private static func checkedHash(_ value: YAMLValue) throws(ConfigurationError) -> String {
        let text = try value.string().lowercased()
        guard text.utf8.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw value.error("token_sha256: expected 64 hexadecimal digits")
        }
        return text
    }

    private static func scopes(_ list: YAMLValue) throws(ConfigurationError) -> Set<AccessScope> {
        var scopes: Set<AccessScope> = []
        for value in try list.list() {
            let name = try value.string()
            guard let scope = AccessScope(rawValue: name) else {
                let all = AccessScope.allCases.map(\.rawValue)
                let nearest = NearestName.of(name, in: all).map { "; did you mean \($0)?" } ?? ""
                throw value.error("scopes: \(goQuoted(name)) is not one of \(all.joined(separator: ", "))\(nearest)")
            }
            scopes.insert(scope)
        }
        guard !scopes.isEmpty else { throw list.error("scopes: a token without scopes can do nothing") }
        return scopes
    }
}
