/// How the targets of a job are reached: credentials, headers, redirects, TLS.
public struct HTTPClientSettings: Hashable, Sendable {
    /// A text that is not shown, or the file to read it from at each request.
    package enum Secret: Hashable, Sendable {
        case text(String)
        case file(String)

        /// The secret itself, without white space around what a file has.
        func value() throws(LocalFile.Failure) -> String {
            switch self {
            case .text(let text): return text
            case .file(let path):
                let text = try LocalFile.read(path)
                let isSpace: (Character) -> Bool = { $0.isWhitespace }
                let trimmed = text.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
                return String(trimmed)
            }
        }
    }

    /// What the header `Authorization` is made of.
    package enum Authorization: Hashable, Sendable {
        case basic(username: Secret?, password: Secret?)
        case credentials(type: String, Secret?)
    }

    /// A header to send with each request.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var values: [String]
        package var secrets: [Secret]
    }

    /// The server's and the client's certificates. The texts are read at load, so that a reload sees changed files.
    package struct TLS: Hashable, Sendable {
        /// A PEM text and where it came from; nil when it stands in the configuration itself.
        package struct Source: Hashable, Sendable {
            package var text: String
            package var file: String?
        }

        package var authorities: Source?
        package var certificate: Source?
        package var key: Source?
        package var verifies = true
        package var minimumVersion: String?
        package var maximumVersion: String?
    }

    package var authorization: Authorization?
    package var headers: [Header] = []
    package var followsRedirects = true
    package var usesHTTP2 = true
    package var tls = TLS()
}
