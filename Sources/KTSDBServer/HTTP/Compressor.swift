internal import CZlib
internal import Hummingbird
internal import NIOCore

/// The content codings that an answer can be compressed with.
package enum ContentCoding: String {
    case gzip, deflate

    /// The coding for a client that sends `acceptEncoding`, preferring gzip to deflate; nil for no compression.
    package init?(acceptEncoding: String) {
        var accepted: Set<ContentCoding> = []
        for entry in acceptEncoding.split(separator: ",") {
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let name = parts.first, let coding = ContentCoding(rawValue: name) else { continue }
            let isRefused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            if !isRefused { accepted.insert(coding) }
        }
        guard let best = accepted.contains(.gzip) ? .gzip : accepted.first else { return nil }
        self = best
    }

    /// zlib's parameter `windowBits`: a window of 32 KiB, plus 16 for gzip's header.
    fileprivate var windowBits: Int32 { self == .gzip ? 15 + 16 : 15 }
}

/// Compresses a stream of bytes piece by piece.
@safe
final class Compressor {
    // zlib keeps a pointer back to its stream, which must therefore stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>

    /// A fast level: JSON shrinks to a tenth even so, and a server's processor is dearer than its network.
    private static let level: Int32 = 3

    init(_ coding: ContentCoding) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe deflateInit2_(
            stream, Self.level, Z_DEFLATED, coding.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib refuses its parameters: \(status)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses `input` and returns the next bytes of the compressed stream, often none.
    func compress(_ input: ByteBuffer) -> ByteBuffer {
        var output = ByteBuffer()
        unsafe input.withUnsafeReadableBytes { bytes in
            guard let base = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            // SAFETY: zlib only reads the input, although its type does not say so, and is done with it on return.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: base)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            run(Z_NO_FLUSH, into: &output)
        }
        return output
    }

    /// Ends the compressed stream and returns the rest of it.
    func finish() -> ByteBuffer {
        var output = ByteBuffer()
        unsafe stream.pointee.avail_in = 0
        run(Z_FINISH, into: &output)
        return output
    }

    private func run(_ flush: Int32, into output: inout ByteBuffer) {
        var isFull = true
        while isFull {
            _ = unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 << 10) { room in
                unsafe stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.pointee.avail_out = UInt32(room.count)
                unsafe deflate(stream, flush)
                let left = Int(unsafe stream.pointee.avail_out)
                isFull = left == 0
                return room.count - left
            }
        }
    }
}

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
            // Does not run on the thread of the connection's event loop, because other connections wait for it.
            try await withTaskExecutorPreference(WorkerThreads.answers) { try await body.write(packing) }
        }
        return response
    }
}

/// Compresses a body and passes it on.
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
