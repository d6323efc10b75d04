internal import HTTPTypes
internal import Hummingbird
internal import KTSDBHTTP
internal import NIOCore

/// The progress of an answer.
struct AnswerState {
    /// How the client finds the end of the answer's body.
    enum Framing {
        /// By the header `Content-Length`, or the answer has no body.
        case announced
        case chunked
        case untilClose
    }

    var framing = Framing.announced
    /// Whether the connection closes after this answer.
    var closes = false
    /// Whether the body is left out, because the request was a HEAD or the status does not allow a body.
    var hasNoBody = false
    var isEnded = false
    /// Whether the answer is an event stream, each part of which is sent at once.
    var isEventStream = false
    /// Bytes written since the last flush.
    var unflushed = 0
    /// The time since which the client has not made room for more; nil if there is room.
    private(set) var stalledSince: NIODeadline?
    private var roomWaiter: CheckedContinuation<Void, any Error>?

    mutating func writabilityChanged(to isWritable: Bool) {
        stalledSince = isWritable && !isEnded ? nil : .now()
        guard isWritable, let waiter = roomWaiter else { return }
        roomWaiter = nil
        waiter.resume()
    }

    /// Ends the answer. From now on, the time counts as stalled until everything has been sent.
    mutating func end() {
        isEnded = true
        stalledSince = .now()
    }

    mutating func wait(_ waiter: CheckedContinuation<Void, any Error>) { roomWaiter = waiter }

    mutating func fail() {
        roomWaiter?.resume(throwing: HTTPProblem.cutOff)
        roomWaiter = nil
    }

    /// Returns the head of an answer as bytes.
    static func head(_ head: HTTPResponse, minorVersion: Int, framing: Framing) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512)
        bytes.writeString("HTTP/1.\(min(minorVersion, 1)) \(head.status.code) \(head.status.reasonPhrase)\r\n")
        for field in head.headerFields {
            bytes.writeString(field.name.rawName)
            bytes.writeString(": ")
            bytes.writeString(field.value)
            bytes.writeString("\r\n")
        }
        bytes.writeString("Date: \(HTTPDate.now)\r\n")
        if framing == .chunked { bytes.writeString("Transfer-Encoding: chunked\r\n") }
        bytes.writeString("\r\n")
        return bytes
    }
}

extension Connection {
    /// Writes the head of the answer.
    func startAnswer(_ response: HTTPResponse, isHead: Bool) {
        guard let head else { return }
        var response = response
        let status = response.status.code
        answer.hasNoBody = isHead || status == 204 || status == 304
        let isAnnounced = answer.hasNoBody || response.headerFields[.contentLength] != nil
        answer.isEventStream = response.headerFields[.contentType] == "text/event-stream"
        answer.framing = isAnnounced ? .announced : head.minorVersion == 0 ? .untilClose : .chunked
        // Reading a long rest of the request's body, or one that the client was never asked to send, costs more than a
        // new connection.
        let rest = body.isAtEnd ? 0 : owesContinue ? .max : body.remaining ?? .max
        answer.closes =
            !head.keepsAlive || isQuiescing || bodyProblem != nil || rest > Self.longestRest
            || answer.framing == .untilClose || response.headerFields[.connection] == "close"
        if answer.closes {
            response.headerFields[.connection] = "close"
        } else if head.minorVersion == 0 {
            response.headerFields[.connection] = "keep-alive"
        }
        write(AnswerState.head(response, minorVersion: head.minorVersion, framing: answer.framing))
    }

    /// Writes the next part of the answer's body.
    ///
    /// - Returns: Whether there is room for more.
    func send(_ part: ByteBuffer) -> Bool {
        guard !answer.hasNoBody, part.readableBytes > 0 else { return true }
        if answer.framing == .chunked {
            write(ByteBuffer(string: "\(String(part.readableBytes, radix: 16))\r\n"))
            write(part)
            write(ByteBuffer(staticString: "\r\n"))
        } else {
            write(part)
        }
        if answer.unflushed > 16 << 10 || answer.isEventStream { flush() }
        return isWritable
    }

    /// Ends the answer.
    func endAnswer() {
        guard let context, !answer.isEnded else { return }
        if answer.framing == .chunked, !answer.hasNoBody { write(ByteBuffer(staticString: "0\r\n\r\n")) }
        answer.end()
        publish()
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        // An empty write completes once everything before it has been sent.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in connection.value.answered() }
    }

    private func write(_ bytes: ByteBuffer) {
        answer.unflushed += bytes.readableBytes
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    private func flush() {
        answer.unflushed = 0
        context?.flush()
    }
}

/// Writes an answer to its connection, as fast as the client reads it.
struct AnswerWriter: ResponseBodyWriter {
    private let connection: NIOLoopBound<any AnsweringConnection>
    private let loop: any EventLoop
    /// The number of the request, within its connection, that is answered.
    private let number: Int

    /// The number of bytes written at once; data that a client does not read is held in pieces of this size.
    static let pieceBytes = 64 << 10

    /// Creates a writer on the connection's event loop.
    init(_ connection: any AnsweringConnection, on loop: any EventLoop, number: Int) {
        self.connection = NIOLoopBound(connection, eventLoop: loop)
        self.loop = loop
        self.number = number
    }

    /// Writes a complete answer. If its body breaks off, closes the connection, so that the client notices.
    func send(_ response: Response, isHead: Bool) async {
        do {
            try await onLoop { $0.startAnswer(response.head, isHead: isHead) }
            try await response.body.write(self)
            try await onLoop { if !$0.answer.isEnded { $0.close() } }
        } catch {
            try? await onLoop { $0.close() }
        }
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        var rest = buffer
        while let piece = rest.readSlice(length: min(Self.pieceBytes, rest.readableBytes)), piece.readableBytes > 0 {
            let hasRoom = try await onLoop { $0.send(piece) }
            if !hasRoom { try await waitForRoom() }
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await onLoop { $0.endAnswer() } }

    private func waitForRoom() async throws {
        try await withCheckedThrowingContinuation { waiter in
            if loop.inEventLoop {
                connection.value.waitForRoom(waiter)
            } else {
                loop.execute { [connection] in connection.value.waitForRoom(waiter) }
            }
        }
    }

    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable (any AnsweringConnection) -> Value) async throws
        -> Value
    {
        if loop.inEventLoop { return try body(open(connection.value)) }
        return try await loop.submit { [connection] in try body(open(connection.value)) }.get()
    }

    private func open(_ connection: any AnsweringConnection) throws -> any AnsweringConnection {
        guard connection.isOpen, connection.number == number else { throw HTTPProblem.cutOff }
        return connection
    }
}

extension AnsweringConnection {
    /// Resumes `waiter` when the client has made room for more of its answer.
    fileprivate func waitForRoom(_ waiter: CheckedContinuation<Void, any Error>) {
        guard isOpen, !isWritable else {
            return isOpen ? waiter.resume() : waiter.resume(throwing: HTTPProblem.cutOff)
        }
        answer.wait(waiter)
    }
}
