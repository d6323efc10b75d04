internal import GoTemplate
package import KTSDBConfiguration
internal import KTSDBModel
package import PasswordHashing

/// The file that `--web.config.file` names, in the format of Prometheus' exporter toolkit: TLS, headers, users, and a
/// rate limit for requests.
///
/// Variables are not expanded in its values, since password hashes contain dollar signs.
package struct WebConfiguration: Sendable {
    /// A header that is added to every answer.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// How many requests are answered: on average one per interval, and at most `burst` at once.
    package struct RateLimit: Hashable, Sendable {
        package var interval: Duration
        package var burst: Int

        package init(interval: Duration, burst: Int) {
            self.interval = interval
            self.burst = burst
        }
    }

    /// How connections are encrypted; nil if they are not.
    package var tls: ServerTLSSettings?
    package var usesHTTP2 = true
    package var headers: [Header] = []
    /// The users, who may do everything, with the hashes of their passwords; if empty, no password is needed.
    package var users: [String: BcryptHash] = [:]
    package var rateLimit: RateLimit?

    /// Creates the configuration that applies without a file: neither TLS nor passwords.
    package init() {}

    /// Reads and checks a file, but not the files that it names.
    /// - Throws: ``ConfigurationError`` with the line, and without secrets.
    package static func load(path: String) throws(ConfigurationError) -> WebConfiguration {
        guard let document = try YAMLValue.load(path: path) else { return WebConfiguration() }
        return try WebConfiguration(document, directory: LocalFile.directory(of: path))
    }

    /// Reads a document; relative paths are resolved against `directory`.
    package init(_ document: YAMLValue, directory: String) throws(ConfigurationError) {
        var section = try YAMLSection(document, name: "the web configuration")
        if let value = section.take("http_server_config") { try readHTTP(value) }
        for (name, value) in try section.take("basic_auth_users")?.pairs() ?? [] {
            users[name] = try Self.hash(of: name, value)
        }
        if let value = section.take("tls_server_config") {
            let settings = try ServerTLSSettings(value, directory: directory)
            tls = settings.isEnabled ? settings : nil
        }
        if let value = section.take("rate_limit") { rateLimit = try RateLimit(value) }
        try section.finish()
    }

    private static func hash(of name: String, _ value: YAMLValue) throws(ConfigurationError) -> BcryptHash {
        let text = try value.string()
        do throws(BcryptProblem) { return try BcryptHash(text) } catch { throw value.error("\(error)") }
    }

    private mutating func readHTTP(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "http_server_config")
        if let value = section.take("http2") { usesHTTP2 = try value.bool() }
        for (name, value) in try section.take("headers")?.pairs() ?? [] {
            guard let allowed = Self.allowedHeaders[name] else {
                throw value.error("HTTP header \(goQuoted(name)) can not be configured")
            }
            let text = try value.string()
            guard allowed.isEmpty || allowed.contains(text) else {
                let choices = allowed.map { goQuoted($0) }.joined(separator: " ")
                throw value.error(
                    "invalid value for \(name). Expected one of: [\(choices)], but got: \(goQuoted(text))")
            }
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw value.error("the value of \(name) has a control character")
            }
            if !text.isEmpty { headers.append(Header(name: name, value: text)) }
        }
        try section.finish()
    }

    /// The headers that can be set, and the values that each may have; an empty list allows any value.
    private static let allowedHeaders: [String: [String]] = [
        "Strict-Transport-Security": [], "X-Content-Type-Options": ["nosniff"],
        "X-Frame-Options": ["deny", "sameorigin"], "X-XSS-Protection": [], "Content-Security-Policy": [],
    ]

    /// The paths of the files that this one names.
    package var paths: [String] { tls?.paths ?? [] }
}

extension WebConfiguration.RateLimit {
    /// Reads a section; nil if it does not limit anything.
    fileprivate init?(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "rate_limit")
        let interval = section.take("interval"), burst = try section.take("burst")?.count() ?? 0
        try section.finish()
        guard let interval else { return nil }
        let text = try interval.string()
        guard let duration = Int64(text).map(Duration.nanoseconds) ?? GoDurationText.parse(text), duration >= .zero
        else {
            throw interval.error("not a valid duration: \(goQuoted(text)); write for example 100ms")
        }
        guard duration > .zero else { return nil }
        self.init(interval: duration, burst: burst)
    }
}
