internal import NIOCore
internal import NIOPosix

/// Sends a question to a DNS server and waits for the answer.
struct DNSExchange {
    /// A DNS query failed.
    enum Failure: Error {
        case timeout, closed
    }

    let server: String
    let port: Int
    let timeout: Duration

    /// Sends the question over UDP or TCP, and returns the answer. `isAnswer` distinguishes it from anything else that
    /// arrives.
    func ask(
        _ question: [UInt8], overTCP: Bool, _ isAnswer: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: [UInt8].self)
        let timer = loop.scheduleTask(in: TimeAmount(timeout)) { answer.fail(Failure.timeout) }
        defer { timer.cancel() }
        let opening = overTCP ? connect(loop, answer, isAnswer) : bind(loop, answer, isAnswer)
        opening.whenFailure { answer.fail($0) }
        opening.whenSuccess { channel in Self.send(question, overTCP: overTCP, on: channel, answer) }
        // A channel that opens only after the exchange has ended is closed, too.
        answer.futureResult.whenComplete { _ in opening.whenSuccess { $0.close(promise: nil) } }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            answer.fail(CancellationError())
        }
    }

    private func bind(
        _ loop: any EventLoop, _ answer: EventLoopPromise<[UInt8]>, _ isAnswer: @escaping @Sendable ([UInt8]) -> Bool
    ) -> EventLoopFuture<any Channel> {
        DatagramBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: DNSMessage.datagramSize))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(answer, isAnswer))
                }
            }
            .connect(host: server, port: port)
    }

    private func connect(
        _ loop: any EventLoop, _ answer: EventLoopPromise<[UInt8]>, _ isAnswer: @escaping @Sendable ([UInt8]) -> Bool
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(timeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StreamHandler(answer, isAnswer))
                }
            }
            .connect(host: server, port: port)
    }

    private static func send(
        _ question: [UInt8], overTCP: Bool, on channel: any Channel, _ answer: EventLoopPromise<[UInt8]>
    ) {
        let sent: EventLoopFuture<Void>
        if overTCP {
            let length = [UInt8(question.count >> 8), UInt8(question.count & 0xff)]
            sent = channel.writeAndFlush(ByteBuffer(bytes: length + question))
        } else {
            sent = channel.writeAndFlush(ByteBuffer(bytes: question))
        }
        sent.whenFailure { answer.fail($0) }
    }

    /// Waits for the first datagram that is the answer.
    private final class DatagramHandler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let answer: EventLoopPromise<[UInt8]>
        private let isAnswer: ([UInt8]) -> Bool

        init(_ answer: EventLoopPromise<[UInt8]>, _ isAnswer: @escaping ([UInt8]) -> Bool) {
            (self.answer, self.isAnswer) = (answer, isAnswer)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
            if isAnswer(bytes) { answer.succeed(bytes) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }

        func channelInactive(context: ChannelHandlerContext) { answer.fail(Failure.closed) }
    }

    /// Reads one message, which begins with its length.
    private final class StreamHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answer: EventLoopPromise<[UInt8]>
        private let isAnswer: ([UInt8]) -> Bool
        private var input = ByteBuffer()

        init(_ answer: EventLoopPromise<[UInt8]>, _ isAnswer: @escaping ([UInt8]) -> Bool) {
            (self.answer, self.isAnswer) = (answer, isAnswer)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            input.writeBuffer(&part)
            guard let length = input.getInteger(at: input.readerIndex, as: UInt16.self),
                let bytes = input.getBytes(at: input.readerIndex + 2, length: Int(length))
            else { return }
            if isAnswer(bytes) { answer.succeed(bytes) } else { answer.fail(Failure.closed) }
            context.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }

        func channelInactive(context: ChannelHandlerContext) { answer.fail(Failure.closed) }
    }
}
