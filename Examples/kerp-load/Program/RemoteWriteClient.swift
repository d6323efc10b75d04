internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Sends remote write 1.0 requests to one server.
struct RemoteWriteClient: Sendable {
    let url: String

    /// How often a request is tried that fails for now, with a second between; enough for a restart.
    private static let attemptLimit = 30
    private static let timeout = TimeAmount.seconds(30)
    /// How much of the text of an error is shown.
    private static let errorByteLimit = 2000

    /// Sends a body, again and again while the server is not there or answers 5xx or 429.
    func send(_ body: [UInt8]) async throws {
        var problem = ""
        for attempt in 1...Self.attemptLimit {
            do throws(RemoteWriteProblem) { return try await attemptSending(body) } catch {
                guard error.isTemporary, attempt < Self.attemptLimit else { throw error }
                problem = error.description
            }
            if attempt == 1 { StatusOutput.write("\(problem); trying again") }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func attemptSending(_ body: [UInt8]) async throws(RemoteWriteProblem) {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0", "User-Agent": "kerp-load",
        ]
        request.body = .bytes(ByteBuffer(bytes: body))
        let status: HTTPResponseStatus, text: String
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
            status = response.status
            text = String(buffer: try await response.body.collect(upTo: Self.errorByteLimit))
        } catch {
            throw RemoteWriteProblem(url: url, reason: "\(error)", isTemporary: true)
        }
        guard !(200..<300).contains(status.code) else { return }
        throw RemoteWriteProblem(
            url: url, reason: "\(status.code) \(text)", isTemporary: status.code >= 500 || status.code == 429)
    }
}

/// Why a remote write request was not taken.
struct RemoteWriteProblem: Error, CustomStringConvertible {
    var url: String
    var reason: String
    var isTemporary: Bool

    var description: String { "remote write to \(url): \(reason)" }
}
