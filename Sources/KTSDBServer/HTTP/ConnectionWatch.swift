internal import KTSDBScrape
internal import NIOCore
internal import Synchronization

/// Notices when a client closes its connection, so that a query nobody waits for does not go on.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Never

    private struct State {
        var isClosed = false
        var onClose: (@Sendable () -> Void)?
    }

    private static let open = Mutex<[ObjectIdentifier: ConnectionWatch]>([:])
    private let state = Mutex(State())
    /// Where the connection's requests are answered.
    private let executor = Mutex<LoopExecutor?>(nil)

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = ObjectIdentifier(context.channel)
        let loop = context.eventLoop
        executor.withLock { $0 = LoopExecutor(loop) }
        Self.open.withLock { $0[channel] = self }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        let channel = ObjectIdentifier(context.channel)
        Self.open.withLock { $0[channel] = nil }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.fireChannelRead(data) }

    func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { close() }
        context.fireUserInboundEventTriggered(event)
    }

    private func close() {
        let onClose = state.withLock { state in
            state.isClosed = true
            return state.onClose
        }
        onClose?()
    }

    /// Runs `body`, and calls `onClose` at once if the client on `channel` goes away before it ends.
    static func whileOpen<Value>(
        _ channel: any Channel, onClose: @escaping @Sendable () -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let watch = watch(of: channel)
        watch?.watch(onClose)
        defer { watch?.watch(nil) }
        return try await body()
    }

    /// Runs `body` in a task that is cancelled when the client on `channel` goes away, or the caller is cancelled.
    static func whileOpen<Value: Sendable>(
        _ channel: any Channel, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // A task of its own does not inherit where it runs.
        let executor = watch(of: channel)?.executor.withLock { $0 }
        let task = Task(executorPreference: executor, operation: body)
        return try await whileOpen(channel, onClose: { task.cancel() }) {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    private static func watch(of channel: any Channel) -> ConnectionWatch? {
        open.withLock { $0[ObjectIdentifier(channel)] }
    }

    private func watch(_ onClose: (@Sendable () -> Void)?) {
        let isClosed = state.withLock { state in
            state.onClose = onClose
            return state.isClosed
        }
        if isClosed { onClose?() }
    }
}
