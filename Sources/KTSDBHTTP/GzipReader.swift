internal import CZlib
package import NIOCore

/// The reason why bytes are not valid gzip.
package enum GzipError: Error, Hashable, Sendable, CustomStringConvertible {
    case damaged
    case cutOff

    package var description: String {
        switch self {
        case .damaged: "it is not valid gzip, or was changed on its way"
        case .cutOff: "it is cut off"
        }
    }
}

/// Decompresses gzip, one piece at a time: a single member, or several, one after the other.
@safe
package final class GzipReader {
    // zlib keeps a pointer back to its stream, which must therefore stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: ByteBuffer
    private var isAtEnd = false

    /// Creates a reader that decompresses all of `input`.
    package init(_ input: ByteBuffer) {
        self.input = input
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 16 selects gzip's header, and no other.
        let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib refuses its parameters: \(status)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Appends the next bytes to `output`, at most `count` of them.
    ///
    /// - Returns: Whether there is more.
    package func read(_ count: Int, into output: inout ByteBuffer) throws(GzipError) -> Bool {
        let end = output.writerIndex + count
        while !isAtEnd, output.writerIndex < end {
            let status = step(atMost: min(end - output.writerIndex, 64 << 10), &output)
            switch status {
            case Z_OK: break
            // No progress is possible: there is room, so input is missing.
            case Z_BUF_ERROR: throw .cutOff
            case Z_STREAM_END:
                isAtEnd = input.readableBytes == 0
                if !isAtEnd { unsafe inflateReset(stream) }
            default: throw .damaged
            }
        }
        return !isAtEnd
    }

    private func step(atMost room: Int, _ output: inout ByteBuffer) -> Int32 {
        var status = Z_OK, taken = 0
        _ = unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            // SAFETY: zlib reads `avail_in` bytes and writes `avail_out`, which are the actual lengths, and keeps
            // neither pointer: both are set anew for each call. It only reads the input, although its type does not say
            // so.
            unsafe input.withUnsafeReadableBytes { source in
                let available = min(source.count, 1 << 30)
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: source.bindMemory(to: UInt8.self).baseAddress)
                unsafe stream.pointee.avail_in = UInt32(available)
                unsafe stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.pointee.avail_out = UInt32(room)
                status = unsafe inflate(stream, Z_NO_FLUSH)
                taken = unsafe available - Int(stream.pointee.avail_in)
            }
            return unsafe room - Int(stream.pointee.avail_out)
        }
        input.moveReaderIndex(forwardBy: taken)
        return status
    }
}
