internal import CZlib
package import NIOCore

/// The content codings that bytes can be compressed with.
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
package final class Compressor {
    // zlib keeps a pointer back to its stream, which must therefore stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>

    /// A fast level: JSON shrinks to a tenth even so, and a server's processor is dearer than its network.
    private static let level: Int32 = 3

    package init(_ coding: ContentCoding) {
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
    package func compress(_ input: ByteBuffer) -> ByteBuffer {
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
    package func finish() -> ByteBuffer {
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
