import AsyncHTTPClient
import CLibrary
import KTSDBServer
import KTSDBTesting
import NIOCore
import NIOHTTP1
import NIOSSL

/// A directory with the files that say who may use a server, and clients that try.
struct AccessScene: Sendable {
    let directory = TemporaryDirectory()

    /// `alice` with the password `a`, and `bob` with `abc`.
    static let users = """
        basic_auth_users:
          alice: $2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC
          bob: $2b$05$CCCCCCCCCCCCCCCCCCCCC.gNn9EDJdrUJF53AHnb.4T9BCvqhUYdW

        """
    static let tls = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n"

    func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    /// Writes a file, in the place of one that is there: nobody sees half of it.
    func write(_ text: String, to name: String) throws {
        let new = path(name + ".new")
        let descriptor = SystemCall.openFile(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, SystemCall.writeBytes(descriptor, Array(text.utf8)) == text.utf8.count,
            SystemCall.renameFile(new, to: path(name)) == 0
        else { throw Unwritable() }
    }

    struct Unwritable: Error {}

    /// Writes a certificate and its key.
    func write(certificate: String, key: String) throws {
        try write(certificate, to: "cert.pem")
        try write(key, to: "key.pem")
    }

    /// Runs a server with a web configuration and ktsdb's own settings.
    func run(
        web: String = "", settings: String = "", options change: (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (ListeningServer) async throws -> Void
    ) async throws {
        // The files have to be there as long as the server runs.
        defer { withExtendedLifetime(directory) {} }
        try write(web, to: "web.yml")
        try write(settings, to: "ktsdb.yml")
        try await ListeningServer.run(
            options: {
                $0.webConfigurationFile = path("web.yml")
                $0.settingsFile = path("ktsdb.yml")
                change(&$0)
            }, body)
    }

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var text: String
        var isHTTP2: Bool
    }

    /// A client that trusts the authority of the tests, and perhaps has a certificate of its own.
    static func withClient<Value>(
        certificate: String? = nil, key: String? = nil, http2: Bool = true,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        var tls = TLSConfiguration.makeClientConfiguration()
        let authority = try NIOSSLCertificate(bytes: Array(TestCertificates.authority.utf8), format: .pem)
        tls.trustRoots = .certificates([authority])
        if let certificate, let key {
            tls.certificateChain = [.certificate(try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem))]
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = http2 ? .automatic : .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    /// Sends a request and reads the answer.
    static func send(
        _ client: HTTPClient, _ url: String, _ method: HTTPMethod = .GET, headers: HTTPHeaders = [:],
        body: ByteBuffer? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(body) }
        let response = try await client.execute(request, timeout: .seconds(300))
        let bytes = try await response.body.collect(upTo: 1 << 28)
        return Answer(
            status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes),
            isHTTP2: response.version.major == 2)
    }
}

extension ListeningServer {
    /// Sends a request without TLS.
    func send(
        _ path: String, _ method: HTTPMethod = .GET, authorization: String? = nil
    ) async throws -> AccessScene.Answer {
        var headers: HTTPHeaders = [:]
        if let authorization { headers.add(name: "Authorization", value: authorization) }
        return try await AccessScene.send(.shared, "http://127.0.0.1:\(port)\(path)", method, headers: headers)
    }
}
