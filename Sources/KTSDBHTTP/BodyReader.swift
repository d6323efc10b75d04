package import NIOCore

/// Takes a body from the bytes of a connection, and finds its end.
package struct BodyReader: Sendable {
    package enum Part: Equatable, Sendable {
        case bytes(ByteBuffer)
        case end
        /// The next part has not arrived completely.
        case missing
    }

    private enum State {
        case length(Int)
        case chunked(ChunkedBody)
        case untilClose
        case ended
    }

    private var state: State

    package init(_ framing: BodyFraming) {
        state =
            switch framing {
            case .length(0): .ended
            case .length(let count): .length(count)
            case .chunked: .chunked(ChunkedBody())
            case .untilClose: .untilClose
            }
    }

    /// Whether the whole body has been taken.
    package var isAtEnd: Bool { if case .ended = state { true } else { false } }

    /// How many bytes are still to come; nil if that is not known.
    package var remaining: Int? {
        switch state {
        case .length(let count): count
        case .ended: 0
        case .chunked, .untilClose: nil
        }
    }

    /// Takes the next part of the body from the beginning of `buffer`.
    package mutating func next(in buffer: inout ByteBuffer) throws(HTTPProblem) -> Part {
        switch state {
        case .ended: return .end
        case .length(let count):
            guard let part = buffer.readSlice(length: min(count, buffer.readableBytes)), part.readableBytes > 0 else {
                return .missing
            }
            state = part.readableBytes == count ? .ended : .length(count - part.readableBytes)
            return .bytes(part)
        case .untilClose:
            guard buffer.readableBytes > 0 else { return .missing }
            defer { buffer.clear() }
            return .bytes(buffer)
        case .chunked(var body):
            defer { state = body.isAtEnd ? .ended : .chunked(body) }
            let part = try body.next(in: &buffer)
            if part.readableBytes > 0 { return .bytes(part) }
            return body.isAtEnd ? .end : .missing
        }
    }

    /// Ends the body because nothing more will come; everything that came has been taken.
    package mutating func endOfInput() throws(HTTPProblem) {
        switch state {
        case .untilClose: state = .ended
        case .ended: break
        case .length, .chunked: throw .cutOff
        }
    }
}

/// The chunked transfer coding (RFC 9112, 7.1), as Go's net/http reads it.
struct ChunkedBody: Sendable {
    private enum State { case size, data(Int), dataEnd, trailer(HeaderSearch), ended }

    private var state = State.size
    /// Bytes that were not data, less the usual amount.
    private var excess = 0

    /// The maximum length, in bytes, of a line with a size, including its extensions; and of the trailer.
    private static let longestLine = 4096
    /// At most about this many bytes are taken from the buffer at once.
    private static let pieceBytes = 256 << 10

    var isAtEnd: Bool { if case .ended = state { true } else { false } }

    /// Takes the data of all chunks that have arrived; empty if no data has arrived, or at the end.
    mutating func next(in buffer: inout ByteBuffer) throws(HTTPProblem) -> ByteBuffer {
        var data = ByteBuffer()
        while data.readableBytes < Self.pieceBytes {
            switch state {
            case .size:
                guard let line = try Self.line(&buffer) else { return data }
                try begin(line)
            case .data(let count):
                guard let part = buffer.readSlice(length: min(count, buffer.readableBytes)), part.readableBytes > 0
                else { return data }
                if data.readableBytes == 0 { data = part } else { data.writeImmutableBuffer(part) }
                state = part.readableBytes == count ? .dataEnd : .data(count - part.readableBytes)
            case .dataEnd:
                guard let end = buffer.readBytes(length: 2) else { return data }
                guard end == [ASCII.carriageReturn, ASCII.lineFeed] else {
                    throw .malformed("malformed chunked encoding")
                }
                state = .size
            case .trailer(var search):
                guard let length = try search.length(in: buffer) else {
                    guard buffer.readableBytes <= Self.longestLine else { throw Self.longTrailer }
                    state = .trailer(search)
                    return data
                }
                guard length <= Self.longestLine else { throw Self.longTrailer }
                _ = try HeaderFields(HeaderLines(buffer.readBytes(length: length) ?? []), isRequest: true)
                state = .ended
            case .ended: return data
            }
        }
        return data
    }

    private static let longTrailer = HTTPProblem.malformed("suspiciously long trailer after chunked body")

    /// Takes a line with a size, without its end and its extensions.
    private static func line(_ buffer: inout ByteBuffer) throws(HTTPProblem) -> [UInt8]? {
        let bytes = buffer.readableBytesView.prefix(longestLine)
        guard let lineFeed = bytes.firstIndex(of: ASCII.lineFeed) else {
            guard bytes.count < longestLine else { throw .malformed("the line with a chunk's size is too long") }
            return nil
        }
        let line = buffer.readBytes(length: lineFeed - bytes.startIndex + 1) ?? []
        // A line feed alone ends lines of the header, but not these: other readers might find the chunk elsewhere.
        guard line.firstIndex(of: ASCII.carriageReturn) == line.count - 2 else {
            throw .malformed("a line of the chunked encoding does not end in CR LF")
        }
        return line
    }

    private mutating func begin(_ line: [UInt8]) throws(HTTPProblem) {
        var digits = line.dropLast(2).prefix { $0 != UInt8(ascii: ";") }
        while let last = digits.last, ASCII.isBlank(last) { digits.removeLast() }
        guard !digits.isEmpty else { throw .malformed("empty chunk length") }
        guard digits.count <= 16 else { throw .malformed("chunk length too large") }
        var size: UInt64 = 0
        for digit in digits {
            guard let value = ASCII.hexValue(digit) else { throw .malformed("invalid byte in chunk length") }
            size = size << 4 | UInt64(value)
        }
        guard size <= UInt64(Int.max) else { throw .malformed("chunk length too large") }
        // One byte per chunk is usual enough; hundreds of bytes of extensions for each are not.
        excess = max(0, excess + line.count - 16 - (size > 1 << 20 ? 1 << 21 : 2 * Int(size)))
        guard excess <= 16 << 10 else { throw .malformed("chunked encoding contains too much non-data") }
        state = size == 0 ? .trailer(HeaderSearch()) : .data(Int(size))
    }
}
