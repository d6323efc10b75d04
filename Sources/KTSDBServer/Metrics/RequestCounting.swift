internal import Hummingbird
internal import NIOCore

/// Counts every request, how long it took and how long its answer is.
struct RequestCounting: RouterMiddleware {
    let metrics: ServerMetrics

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now, handler = context.endpointPath ?? "NotFound"
        var response = try await next(request, context)
        metrics.count(handler: handler, code: Int(response.status.code), took: ContinuousClock.now - start)
        if let length = response.body.contentLength {
            metrics.count(handler: handler, bytes: length)
        } else {
            response.body = ResponseBody { [metrics, body = response.body] writer in
                try await body.write(CountingWriter(next: writer) { metrics.count(handler: handler, bytes: $0) })
            }
        }
        return response
    }
}

/// Passes a body on, and says at its end how long it was.
private struct CountingWriter: ResponseBodyWriter {
    var next: any ResponseBodyWriter
    let report: @Sendable (Int) -> Void
    private var count = 0

    init(next: any ResponseBodyWriter, report: @escaping @Sendable (Int) -> Void) {
        self.next = next
        self.report = report
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        count += buffer.readableBytes
        try await next.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        report(count)
        try await next.finish(trailingHeaders)
    }
}
