internal import CLibrary
package import KTSDBConfiguration
internal import NIOSSL

/// The section `tls_server_config`: the server's certificate, and whether clients need one of their own.
package struct ServerTLSSettings: Sendable {
    /// A PEM text: in the configuration itself, or in a file.
    package enum Source: Hashable, Sendable {
        case text(String)
        case file(String)

        package var path: String? { if case .file(let path) = self { path } else { nil } }
    }

    package var certificate: Source?
    package var key: Source?
    package var clientAuthorities: Source?
    package var clientAuthentication = ClientAuthentication.noClientCert
    /// The names of which a client's certificate must have at least one; nil accepts any certificate.
    package var allowedNames: [String]?
    var minimumVersion = TLSVersion.tlsv12
    var maximumVersion = TLSVersion.tlsv13
    /// The names of the allowed ciphers; if empty, all are allowed. Those of TLS 1.3 cannot be restricted.
    var ciphers: [String] = []
    var curves: [NIOTLSCurve] = []
    /// Whether the section asks for TLS.
    package var isEnabled: Bool { certificate != nil || key != nil || clientAuthorities != nil || asksForClients }
    private var asksForClients = false
    /// The section's place, for errors.
    private let file: String
    private let line: Int

    /// Reads a section; files are only read by ``makeIdentity(http2:)``.
    package init(_ value: YAMLValue, directory: String) throws(ConfigurationError) {
        file = value.file
        line = value.line
        var section = try YAMLSection(value, name: "tls_server_config")
        certificate = try section.source("cert", directory: directory)
        key = try section.source("key", directory: directory)
        clientAuthorities = try section.source("client_ca", directory: directory)
        try readClients(&section)
        minimumVersion = try section.version("min_version") ?? minimumVersion
        maximumVersion = try section.version("max_version") ?? maximumVersion
        for value in try section.take("cipher_suites")?.list() ?? [] {
            let name = try value.string()
            guard TLSNames.ciphers[name] != nil || TLSNames.newCiphers.contains(name) else {
                throw value.error("unknown cipher: \(name)")
            }
            ciphers.append(name)
        }
        for value in try section.take("curve_preferences")?.list() ?? [] {
            let name = try value.string()
            guard let curve = TLSNames.curves[name] else { throw value.error("unknown curve: \(name)") }
            curves.append(curve)
        }
        // As in Go since version 1.17, this has no effect: the library chooses the order.
        _ = try section.take("prefer_server_cipher_suites")?.bool()
        try section.finish()
    }

    private mutating func readClients(_ section: inout YAMLSection) throws(ConfigurationError) {
        if let value = section.take("client_auth_type") {
            let name = try value.string()
            guard let type = ClientAuthentication(name: name) else { throw value.error("invalid ClientAuth: \(name)") }
            clientAuthentication = type
            asksForClients = !name.isEmpty
        }
        if clientAuthorities != nil, clientAuthentication == .noClientCert {
            throw section.value.error("client CA's have been configured without a Client Auth Policy")
        }
        guard let value = section.take("client_allowed_sans") else { return }
        guard clientAuthentication.isRequired else {
            throw value.error(
                "client_allowed_sans requires client_auth_type to be one of RequireAnyClientCert or "
                    + "RequireAndVerifyClientCert")
        }
        allowedNames = try value.strings()
    }

    /// Returns an error about the section.
    func error(_ reason: String) -> ConfigurationError { ConfigurationError(file: file, line: line, reason: reason) }

    /// The paths of the files that the section names.
    package var paths: [String] { [certificate, key, clientAuthorities].compactMap { $0?.path } }
}

extension YAMLSection {
    /// Takes the text `key` or the file `key_file`; the file takes precedence.
    fileprivate mutating func source(
        _ key: String, directory: String
    ) throws(ConfigurationError) -> ServerTLSSettings.Source? {
        let text = try take(key)?.string() ?? "", path = try take("\(key)_file")?.string() ?? ""
        if !path.isEmpty { return .file(LocalFile.resolve(path, in: directory)) }
        return text.isEmpty ? nil : .text(text)
    }

    fileprivate mutating func version(_ key: String) throws(ConfigurationError) -> TLSVersion? {
        guard let value = take(key) else { return nil }
        let name = try value.string()
        guard let version = TLSNames.versions[name] else { throw value.error("unknown TLS version: \(name)") }
        return version
    }
}
