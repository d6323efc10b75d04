package import AsyncHTTPClient
internal import NIOCore
package import NIOSSL

extension HTTPClientSettings {
    /// Creates a client with these settings, except proxies and `server_name`, which ``ClientPool`` adds for each
    /// address. The caller has to shut the client down. `adjust` may change its configuration.
    ///
    /// - Throws: `UnreadableFile` if a certificate or a key cannot be used.
    package func makeClient(
        _ adjust: (inout HTTPClient.Configuration) -> Void = { _ in }
    ) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = followsRedirects ? .follow(max: 10, allowCycles: false) : .disallow
        // Bodies are decompressed once they have arrived completely: see BodyUnpacking.
        configuration.decompression = .disabled
        configuration.httpVersion = usesHTTP2 ? .automatic : .http1Only
        // The request's deadline is the limit: connecting has no limit of its own, and a refused connection is reported
        // at once.
        configuration.timeout.connect = .hours(1)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .minutes(5)
        configuration.tlsConfiguration = try tls.makeConfiguration()
        adjust(&configuration)
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }
}

extension HTTPClientSettings.TLS {
    /// - Throws: `UnreadableFile` if a file is missing, or does not contain what it should.
    package func makeConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities {
            configuration.trustRoots = .certificates(try Self.read(authorities, "ca", Self.certificates))
        }
        if let certificate, let key {
            let chain = try Self.read(certificate, "cert", Self.certificates)
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try Self.read(key, "key") { try NIOSSLPrivateKey(bytes: Array($0.utf8), format: .pem) })
        }
        if !verifies { configuration.certificateVerification = .none }
        configuration.minimumTLSVersion = Self.version(minimumVersion) ?? .tlsv12
        configuration.maximumTLSVersion = Self.version(maximumVersion)
        if !paths.isEmpty { try check(configuration) }
        return configuration
    }

    private static func read<Value>(
        _ source: HTTPClientSettings.Secret, _ field: String, _ parse: (String) throws -> Value
    ) throws -> Value {
        let field = "tls_config \(field)_file"
        let text = try source.value(field)
        do { return try parse(text) } catch {
            throw HTTPClientSettings.UnreadableFile(
                field: field, path: source.path ?? "", reason: "not valid PEM: \(error)")
        }
    }

    /// Returns the certificates in a PEM text, which must contain at least one.
    static func certificates(_ text: String) throws -> [NIOSSLCertificate] {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(text.utf8))
        guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
        return certificates
    }

    /// Checks that certificate and key belong together, so that a mismatch fails here rather than at each connection.
    private func check(_ configuration: TLSConfiguration) throws {
        do { _ = try NIOSSLContext(configuration: configuration) } catch {
            throw HTTPClientSettings.UnreadableFile(
                field: "tls_config cert_file", path: certificate?.path ?? paths[0],
                reason: "cannot be used, or not with its key: \(error)")
        }
    }

    private static func version(_ name: String?) -> TLSVersion? {
        switch name {
        case "TLS10": .tlsv1
        case "TLS11": .tlsv11
        case "TLS12": .tlsv12
        case "TLS13": .tlsv13
        default: nil
        }
    }
}
