internal import Logging
internal import NIOCore

/// Accepts connections while there is room for them; other clients wait in the system's queue.
///
/// When the system has no file descriptor left, accepting pauses for 100 milliseconds. Otherwise, the queue would be
/// reported as readable over and over.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private static let rest = TimeAmount.milliseconds(100)
    /// Failed accepts are logged at most this often.
    private static let silence = TimeAmount.seconds(60)

    private let connections: Connections
    private let logger: Logger
    private var isResting = false
    private var isReadPending = false
    /// A connection that was accepted although no other connection could make room for it any more. It is served as
    /// soon as there is room.
    private var held: NIOAny?
    private var nextLine = NIODeadline.now()

    init(_ connections: Connections, logger: Logger) {
        self.connections = connections
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        connections.accept(channel)
        guard connections.mayServe else {
            held = data
            return waitForRoom(context)
        }
        serve(data, context)
    }

    private func serve(_ data: NIOAny, _ context: ChannelHandlerContext) {
        context.fireChannelRead(data)
        connections.makeRoom(for: unwrapInboundIn(data))
    }

    func read(context: ChannelHandlerContext) {
        if !isResting, held == nil, connections.mayAccept { return context.read() }
        isReadPending = true
        waitForRoom(context)
    }

    private func waitForRoom(_ context: ChannelHandlerContext) {
        let gate = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        connections.whenRoom(for: self) {
            gate.execute { (gate: AcceptGate, context: ChannelHandlerContext) in gate.resume(context) }
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        if let data = held {
            guard connections.mayServe else { return waitForRoom(context) }
            held = nil
            serve(data, context)
        }
        guard isReadPending else { return }
        isReadPending = false
        read(context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connections.countFailedAccept()
        if nextLine <= .now() {
            nextLine = .now() + Self.silence
            logger.warning(
                "cannot accept a connection; it will be tried again",
                metadata: ["error": "\(error)", "connections": "\(connections.openCount)"])
        }
        connections.makeRoomForOne()
        guard !isResting else { return }
        isResting = true
        // The channel treats the failed read as still in progress, and would try again at once.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let gate = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.rest) {
            let (handler, context) = gate.value
            handler.isResting = false
            handler.isReadPending = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}

extension NIOLoopBound {
    /// Runs `body` with the value on its event loop, at a later turn of the loop.
    fileprivate func execute<First, Second>(
        _ body: @escaping @Sendable (First, Second) -> Void
    ) where Value == (First, Second) {
        eventLoop.execute {
            let (first, second) = value
            body(first, second)
        }
    }
}
