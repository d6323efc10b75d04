internal import Hummingbird
internal import KTSDBHTTP
internal import NIOCore

/// Compresses long answers for clients that accept it.
struct Compression: RouterMiddleware {
    /// The shortest body, in bytes, that is compressed: shorter ones fit into one packet.
    private static let shortestBody = 1024

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard response.body.contentLength ?? .max >= Self.shortestBody, response.headers[.contentEncoding] == nil,
            response.headers[.contentType] != "text/event-stream",
            let accepted = request.headers[.acceptEncoding], let coding = ContentCoding(acceptEncoding: accepted)
        else { return response }
        response.headers[.contentEncoding] = coding.rawValue
        response.headers.append(.init(name: .vary, value: "Accept-Encoding"))
        let isLong = response.body.contentLength ?? .max > AnswerWriter.pieceBytes
        response.body = ResponseBody { [body = response.body] writer in
            let packing = CompressingWriter(compressor: Compressor(coding), next: writer)
            guard isLong else { return try await body.write(packing) }
            // Does not run on the connection's event loop, so that other connections do not have to wait.
            try await withTaskExecutorPreference(WorkerThreads.answers) { try await body.write(packing) }
        }
        return response
    }
}

/// Compresses a body and passes it to another writer.
private struct CompressingWriter: ResponseBodyWriter {
    let compressor: Compressor
    var next: any ResponseBodyWriter

    mutating func write(_ buffer: ByteBuffer) async throws {
        var rest = buffer
        while let piece = rest.readSlice(length: min(AnswerWriter.pieceBytes, rest.readableBytes)),
            piece.readableBytes > 0
        {
            let compressed = compressor.compress(piece)
            // Other answers get their turn after each piece, whether or not it produced output.
            if compressed.readableBytes > 0 { try await next.write(compressed) } else { await Task.yield() }
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await next.write(compressor.finish())
        try await next.finish(trailingHeaders)
    }
}
