internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTPCompression
internal import NIOSSL

extension HTTPClientSettings {
    /// The client for the targets of a job with these settings; it has to be shut down.
    func makeClient(bodyLimit: Int) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = followsRedirects ? .follow(max: 10, allowCycles: false) : .disallow
        configuration.decompression = .enabled(limit: .size(bodyLimit))
        configuration.httpVersion = usesHTTP2 ? .automatic : .http1Only
        // The request's deadline is the limit: connecting has none of its own, and a refused connection is news at once.
        configuration.timeout.connect = .hours(1)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .minutes(5)
        // Many targets may be behind one address; none waits for another's answer.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        configuration.tlsConfiguration = try tls.makeConfiguration()
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }
}

extension HTTPClientSettings.TLS {
    fileprivate func makeConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorities.text.utf8)))
        }
        if let certificate, let key {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.text.utf8))
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.text.utf8), format: .pem))
        }
        if !verifies { configuration.certificateVerification = .none }
        configuration.minimumTLSVersion = Self.version(minimumVersion) ?? .tlsv12
        configuration.maximumTLSVersion = Self.version(maximumVersion)
        return configuration
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
