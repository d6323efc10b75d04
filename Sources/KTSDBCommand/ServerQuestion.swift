internal import AsyncHTTPClient
internal import KTSDBScrape
internal import KTSDBServer
internal import NIOCore
internal import NIOHTTP1
internal import PrometheusWire

/// A request to the API of a server.
struct ServerQuestion {
    /// The longest answer, in bytes.
    private static let answerLimit = 64 << 20
    /// The timeouts of connecting, and of a whole request.
    private static let connectionTime = TimeAmount.seconds(30), answerTime = TimeAmount.minutes(10)

    /// The server's URL, including its route prefix.
    var server: String
    /// What follows `/api/v1/`.
    var path: String
    var form: [(name: String, value: String)]
    /// Whether to ask for a text for people instead of JSON.
    var wantsText = true

    /// Sends the request and returns the answer. - Throws: `StartError` with the server's text if its status is not
    ///   200, or with the reason if it cannot be reached.
    func ask() async throws -> String {
        let base = server.hasSuffix("/") ? String(server.dropLast()) : server
        var request = HTTPClientRequest(url: "\(base)/api/v1/\(path)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if wantsText { request.headers.add(name: "Accept", value: "text/plain") }
        let body = form.map { "\(PercentEncoding.query($0.name))=\(PercentEncoding.query($0.value))" }
        request.body = .bytes(ByteBuffer(string: body.joined(separator: "&")))
        return try await answer(to: request)
    }

    /// Sends the request once: a connection that is refused is not tried again.
    private func answer(to request: HTTPClientRequest) async throws -> String {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = Self.connectionTime
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(configuration: configuration)
        let response: HTTPClientResponse, text: String
        do {
            response = try await client.execute(request, timeout: Self.answerTime)
            text = String(buffer: try await response.body.collect(upTo: Self.answerLimit))
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw StartError("cannot ask \(server): \(ServerProblem(error))")
        }
        guard response.status == .ok else { throw StartError("\(server) answers \(response.status.code): \(text)") }
        return text
    }
}
