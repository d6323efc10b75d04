internal import CZlib
internal import CZstd
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

/// The reason why bytes are not valid zstd.
package enum ZstdError: Error, Hashable, Sendable, CustomStringConvertible {
    case damaged(String)
    case cutOff

    package var description: String {
        switch self {
        case .damaged(let reason): "it is not valid zstd, or was changed on its way: \(reason)"
        case .cutOff: "it is cut off"
        }
    }
}

/// Decompresses zstd, one piece at a time: a single frame, or several, one after the other. (In one file with gzip,
/// because both hand the same pointers to a C library.)
@safe
package final class ZstdReader {
    /// The largest window that a frame may ask for, as a power of two: what HTTP allows (RFC 9659), and so the memory
    /// that a body can make a reader take.
    private static let windowLimit: Int32 = 23

    private let stream: OpaquePointer
    private var input: ByteBuffer
    private var isAtEnd = false

    /// Creates a reader that decompresses all of `input`.
    package init(_ input: ByteBuffer) {
        self.input = input
        // SAFETY: the stream is created here, used by this object alone, and freed by `deinit`.
        guard let created = unsafe ZSTD_createDStream() else { preconditionFailure("zstd cannot allocate memory") }
        unsafe stream = created
        let status = unsafe ZSTD_DCtx_setParameter(created, ZSTD_d_windowLogMax, Self.windowLimit)
        precondition(ZSTD_isError(status) == 0, "zstd refuses its parameters: \(status)")
    }

    deinit {
        // SAFETY: nothing else has the stream.
        _ = unsafe ZSTD_freeDStream(stream)
    }

    /// Appends the next bytes to `output`, at most `count` of them.
    ///
    /// - Returns: Whether there is more.
    package func read(_ count: Int, into output: inout ByteBuffer) throws(ZstdError) -> Bool {
        let end = output.writerIndex + count
        while !isAtEnd, output.writerIndex < end {
            let before = (input.readerIndex, output.writerIndex)
            let status = step(atMost: min(end - output.writerIndex, 64 << 10), &output)
            if ZSTD_isError(status) != 0 {
                // SAFETY: the name is a constant of the library.
                throw .damaged(unsafe String(cString: ZSTD_getErrorName(status)))
            }
            // A status of 0 is the end of a frame.
            if status == 0, input.readableBytes == 0 { isAtEnd = true }
            // No progress is possible: there is room, so input is missing.
            if status != 0, before == (input.readerIndex, output.writerIndex) { throw .cutOff }
        }
        return !isAtEnd
    }

    private func step(atMost room: Int, _ output: inout ByteBuffer) -> Int {
        var status = 0, taken = 0
        // SAFETY: zstd reads at most `source.count` bytes and writes at most `room`, for which there is place, and
        // keeps neither pointer.
        _ = unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            unsafe input.withUnsafeReadableBytes { source in
                var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: room, pos: 0)
                status = unsafe ZSTD_decompressStream(stream, &to, &from)
                taken = unsafe from.pos
                return unsafe to.pos
            }
        }
        input.moveReaderIndex(forwardBy: taken)
        return status
    }
}
