internal import KTSDBConfiguration
internal import KTSDBModel

/// How the targets of a job are reached: credentials, headers, redirects, TLS, proxies.
public struct HTTPClientSettings: Hashable, Sendable {
    /// A text that is never shown, or the file from which it is read for each request.
    package enum Secret: Hashable, Sendable {
        case text(String)
        case file(String)

        /// Returns the secret itself; a file's content without the white space around it. `field` is the
        /// configuration's name for the file.
        package func value(_ field: String) throws(UnreadableFile) -> String {
            switch self {
            case .text(let text): return text
            case .file(let path):
                let text: String
                do { text = try LocalFile.text(path) } catch {
                    throw UnreadableFile(field: field, path: path, reason: "\(error)")
                }
                let isSpace: (Character) -> Bool = { $0.isWhitespace }
                let trimmed = text.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
                return String(trimmed)
            }
        }

        /// The file's path, if the secret is in a file.
        package var path: String? { if case .file(let path) = self { path } else { nil } }
    }

    /// The reason why a file that the settings name cannot be used. Anyone who looks at the targets can see it, so it
    /// has the file's name, but not where it is on this machine.
    package struct UnreadableFile: Error, Hashable, CustomStringConvertible {
        package let description: String

        init(field: String, path: String, reason: String) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            description = "\(field) \(goQuoted(name)): \(reason)"
        }
    }

    /// The content of the header `Authorization`.
    package enum Authorization: Hashable, Sendable {
        case basic(username: Secret?, password: Secret?)
        case credentials(type: String, Secret?)
    }

    /// A header that is sent with each request.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var values: [String]
        package var secrets: [Secret]

        package init(name: String, values: [String], secrets: [Secret]) {
            self.name = name
            self.values = values
            self.secrets = secrets
        }
    }

    /// The server's and the client's certificates, in PEM. Files are read when a client is created from the settings,
    /// and again when they change.
    package struct TLS: Hashable, Sendable {
        package var authorities: Secret?
        package var certificate: Secret?
        package var key: Secret?
        package var verifies = true
        package var minimumVersion: String?
        package var maximumVersion: String?
        /// The name that the server's certificate must have, if it is not the address' host.
        package var serverName: String?

        package init() {}

        /// The paths of the files that are named.
        package var paths: [String] { [authorities, certificate, key].compactMap { $0?.path } }
    }

    /// Whether a request needs files, which are then read or checked for changes.
    var needsFiles: Bool {
        var secrets = headers.flatMap(\.secrets)
        switch authorization {
        case .basic(let username, let password): secrets += [username, password].compactMap { $0 }
        case .credentials(_, let secret): secrets += [secret].compactMap { $0 }
        case nil: break
        }
        return !tls.paths.isEmpty || secrets.contains { $0.path != nil }
    }

    package init() {}

    package var authorization: Authorization?
    /// Where the tokens come from that requests carry instead of an ``authorization``.
    package var oauth2: OAuth2Settings?
    package var headers: [Header] = []
    package var followsRedirects = true
    package var usesHTTP2 = true
    package var tls = TLS()
    package var proxy = ProxySettings()
}
