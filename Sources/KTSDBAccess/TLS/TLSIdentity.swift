package import KTSDBConfiguration
internal import NIOCore
package import NIOSSL

/// What a server needs for TLS connections: its certificate and key, as they were read, and what it requires of
/// clients.
package struct TLSIdentity: Sendable {
    private let context: NIOSSLContext
    private let clientAuthentication: ClientAuthentication
    private let allowedNames: Set<String>?
    /// When the certificate expires, in seconds since 1970.
    package let notAfter: Int

    /// How long to wait for a client to confirm the end of a connection.
    private static let farewell = TimeAmount.seconds(1)

    fileprivate init(
        _ settings: ServerTLSSettings, _ certificate: NIOSSLCertificate, _ configuration: TLSConfiguration
    ) throws {
        notAfter = Int(certificate.notValidAfter)
        context = try NIOSSLContext(configuration: configuration)
        clientAuthentication = settings.clientAuthentication
        allowedNames = settings.allowedNames.map(Set.init)
    }

    /// Creates the handler for a connection.
    package func makeHandler() -> NIOSSLServerHandler {
        guard clientAuthentication.acceptsAny else { return NIOSSLServerHandler(context: context) }
        return NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified) }
    }

    /// Returns whether a client with this certificate may connect: whether it has one of the allowed names. The TLS
    /// library has already verified the certificate's authority, if the settings require that.
    package func accepts(_ certificate: NIOSSLCertificate?) -> Bool {
        guard let allowedNames else { return true }
        guard let der = try? certificate?.toDERBytes() else { return false }
        return !allowedNames.isDisjoint(with: CertificateNames.names(der: der))
    }

    fileprivate static func configuration(
        _ settings: ServerTLSSettings, chain: [NIOSSLCertificate], key: NIOSSLPrivateKey, http2: Bool
    ) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = settings.minimumVersion
        configuration.maximumTLSVersion = settings.maximumVersion
        configuration.applicationProtocols = http2 ? ["h2", "http/1.1"] : ["http/1.1"]
        configuration.certificateVerification = settings.clientAuthentication.verification
        configuration.shutdownTimeout = farewell
        let ciphers = settings.ciphers.compactMap { TLSNames.ciphers[$0] }
        if !ciphers.isEmpty { configuration.cipherSuiteValues = ciphers }
        // If only ciphers of TLS 1.3 are allowed, no client of an older version can be served.
        if ciphers.isEmpty, !settings.ciphers.isEmpty { configuration.minimumTLSVersion = .tlsv13 }
        if !settings.curves.isEmpty { configuration.curves = settings.curves }
        return configuration
    }
}

extension ServerTLSSettings {
    /// Reads the files, and checks that certificate and key belong together.
    /// - Throws: ``ConfigurationError`` that says what is wrong with which file, in Go's words.
    package func makeIdentity(http2: Bool) throws(ConfigurationError) -> TLSIdentity {
        guard let certificate else { throw error("missing one of cert or cert_file") }
        guard let key else { throw error("missing one of key or key_file") }
        let chainText = try text(certificate, "cert_file"), keyText = try text(key, "key_file")
        if let problem = PEMText(chainText).certificateProblem ?? PEMText(keyText).keyProblem {
            throw error("failed to load X509KeyPair: \(problem)")
        }
        let chain = try certificates(chainText), privateKey = try makeKey(keyText)
        if http2, !ciphers.isEmpty, minimumVersion != .tlsv13, TLSNames.requiredByHTTP2.isDisjoint(with: ciphers) {
            throw error(
                "http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least "
                    + "one of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)")
        }
        var configuration = TLSIdentity.configuration(self, chain: chain, key: privateKey, http2: http2)
        if let clientAuthorities {
            configuration.trustRoots = .certificates(try authorities(clientAuthorities))
            // Clients with several certificates choose one by the names of the authorities.
            configuration.sendCANameList = true
        }
        do { return try TLSIdentity(self, chain[0], configuration) } catch {
            throw self.error("failed to load X509KeyPair: tls: private key does not match public key")
        }
    }

    private func text(_ source: Source, _ field: String) throws(ConfigurationError) -> String {
        switch source {
        case .text(let text): return text
        case .file(let path):
            do throws(LocalFile.Failure) { return try LocalFile.text(path) } catch {
                throw self.error("failed to read \(field) (\(path)): open \(path): \(Self.lowercased("\(error)"))")
            }
        }
    }

    private func certificates(_ text: String) throws(ConfigurationError) -> [NIOSSLCertificate] {
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(Array(text.utf8)), !chain.isEmpty else {
            throw error("failed to load X509KeyPair: x509: malformed certificate")
        }
        return chain
    }

    private func makeKey(_ text: String) throws(ConfigurationError) -> NIOSSLPrivateKey {
        guard let key = try? NIOSSLPrivateKey(bytes: Array(text.utf8), format: .pem) else {
            throw error("failed to load X509KeyPair: tls: failed to parse private key")
        }
        return key
    }

    private func authorities(_ source: Source) throws(ConfigurationError) -> [NIOSSLCertificate] {
        let text: String
        switch source {
        case .text(let own): text = own
        case .file(let path):
            do throws(LocalFile.Failure) { text = try LocalFile.text(path) } catch {
                throw self.error("open \(path): \(Self.lowercased("\(error)"))")
            }
        }
        guard let found = try? NIOSSLCertificate.fromPEMBytes(Array(text.utf8)), !found.isEmpty else {
            throw error("client_ca_file: no certificate found; every client would be refused")
        }
        return found
    }

    /// Returns the system's message, beginning with a lower-case letter as Go writes it.
    private static func lowercased(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}
