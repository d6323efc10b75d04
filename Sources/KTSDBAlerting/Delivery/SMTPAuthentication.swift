internal import KTSDBNotify
internal import KTSDBScrape

/// How a client shows a mail server who it is (RFC 4954).
enum SMTPAuthentication: Hashable, Sendable {
    case plain(identity: String, userName: String, password: String)
    case login(userName: String, password: String)
    case cramMD5(userName: String, secret: String)

    /// Why none of a server's mechanisms can be used.
    struct Problem: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    /// Chooses the first mechanism of a server that is known and for which there is a secret; nil without user name.
    static func choose(_ mechanisms: String, for mail: MailMessage) throws(Problem) -> SMTPAuthentication? {
        guard mail.userName.contains(where: { !$0.isWhitespace }) else { return nil }
        var problems: [String] = []
        for mechanism in mechanisms.split(separator: " ") {
            switch mechanism.uppercased() {
            case "CRAM-MD5":
                if !mail.secret.isEmpty { return .cramMD5(userName: mail.userName, secret: mail.secret) }
                problems.append("missing secret for CRAM-MD5 auth mechanism")
            case "PLAIN":
                if !mail.password.isEmpty {
                    return .plain(identity: mail.identity, userName: mail.userName, password: mail.password)
                }
                problems.append("missing password for PLAIN auth mechanism")
            case "LOGIN":
                if !mail.password.isEmpty { return .login(userName: mail.userName, password: mail.password) }
                problems.append("missing password for LOGIN auth mechanism")
            default: problems.append("unknown auth mechanism: \(mechanism)")
            }
        }
        if problems.isEmpty { problems = ["unknown auth mechanism: \(mechanisms)"] }
        throw Problem(description: problems.joined(separator: "\n"))
    }

    var name: String {
        switch self {
        case .plain: "PLAIN"
        case .login: "LOGIN"
        case .cramMD5: "CRAM-MD5"
        }
    }

    /// What is sent with the command; nil if the server speaks first.
    var initialResponse: [UInt8]? {
        guard case .plain(let identity, let userName, let password) = self else { return nil }
        return Array(identity.utf8) + [0] + Array(userName.utf8) + [0] + Array(password.utf8)
    }

    /// The answer to a server's challenge.
    func response(to challenge: [UInt8]) throws(Problem) -> [UInt8] {
        switch self {
        case .plain: throw Problem(description: "unexpected server challenge")
        case .login(let userName, let password):
            switch String(decoding: challenge, as: UTF8.self).lowercased() {
            case "username:": return Array(userName.utf8)
            case "password:": return Array(password.utf8)
            default: throw Problem(description: "unexpected server challenge")
            }
        case .cramMD5(let userName, let secret):
            let digest = Self.hmacMD5(key: Array(secret.utf8), challenge)
            let digits = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return Array("\(userName) \(digits)".utf8)
        }
    }

    /// The keyed hash of RFC 2104, with MD5.
    static func hmacMD5(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var key = key.count > 64 ? MD5.digest(key) : key
        key += [UInt8](repeating: 0, count: 64 - key.count)
        return MD5.digest(key.map { $0 ^ 0x5c } + MD5.digest(key.map { $0 ^ 0x36 } + message))
    }
}
