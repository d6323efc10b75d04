internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import Logging
internal import PrometheusWire
internal import Synchronization

/// Receives samples that other servers send: remote write 1.0.
struct RemoteWriteRoute: Sendable {
    let state: ServerState

    /// The largest body in bytes, compressed or not. Common senders stay well below it.
    private static let largestBody = 32 << 20

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("write", [.post], write)
    }

    private func write(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let database = try state.ready.database
        guard state.options.enablesRemoteWriteReceiver else {
            throw PlainError(
                .notFound, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n")
        }
        try Self.checkType(request.headers)
        let body = try await RequestBytes.read(request, limit: Self.largestBody)
        let outcome = try await state.writers.run { [state] in
            try state.writeBuffers.use(byteCount: body.readableBytes) { buffer in
                try buffer.store(body, largestMessage: Self.largestBody, in: database)
            }
        }
        state.metrics.count(outcome.counts)
        if let problem = outcome.problem {
            state.logger.debug("remote write request not fully stored", metadata: ["reason": "\(problem)"])
            throw PlainError(.badRequest, "\(problem)\n")
        }
        return .noContent
    }

    /// - Throws: A ``PlainError`` with status 415 unless the headers announce a version 1 request.
    private static func checkType(_ headers: HTTPFields) throws(PlainError) {
        let coding = headers[.contentEncoding] ?? "snappy"
        guard coding.lowercased() == "snappy" else {
            throw PlainError(
                .unsupportedMediaType,
                "\(coding) encoding (compression) is not accepted by this server; only snappy is acceptable\n")
        }
        let parts = (headers[.contentType] ?? "application/x-protobuf").split(separator: ";").map {
            $0.filter { $0 != " " }.lowercased()
        }
        guard parts.first == "application/x-protobuf" else {
            throw PlainError(
                .unsupportedMediaType,
                "expected application/x-protobuf as the first (media) part, got \(headers[.contentType] ?? "") content-type\n"
            )
        }
        for part in parts.dropFirst() where part.hasPrefix("proto=") && part != "proto=prometheus.writerequest" {
            throw PlainError(
                .unsupportedMediaType,
                "\(part.dropFirst(6)) protobuf message is not accepted by this server; only prometheus.WriteRequest is acceptable\n"
            )
        }
    }
}
