internal import Hummingbird
internal import KTSDBHTTP
internal import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Listens at an address and answers what is asked there.
package struct Listener: Service {
    /// Those that are open.
    package let connections: Connections
    private let address: ListenAddress
    private let logger: Logger
    private let answering: Answering
    private let onListening: @Sendable (any Channel) -> Void

    /// The longest queue of connections that nobody has accepted yet; the system may have a shorter one.
    private static let backlog: Int32 = 4096

    package init(_ state: ServerState, onListening: @escaping @Sendable (any Channel) -> Void) {
        connections = state.connections
        address = state.options.listenAddress
        logger = state.logger
        self.onListening = onListening
        let responder = Routes(state).router.buildResponder(), logger = state.logger, paths = state.paths
        answering = { request, channel in
            let context = ServerRequestContext(
                source: ApplicationRequestContextSource(channel: channel, logger: logger))
            do { return try await responder.respond(to: request, context: context) } catch {
                return .failure(error, paths)
            }
        }
    }

    package func run() async throws {
        let channel = try await bind()
        onListening(channel)
        let sweeping = Task { [connections] in
            while !Task.isCancelled {
                try await Task.sleep(for: connections.limits.interval)
                connections.sweep()
            }
        }
        defer { sweeping.cancel() }
        try await waitForStop(channel)
        connections.quiesce()
        await withTaskCancellationHandler {
            await connections.drained()
        } onCancel: { [connections] in
            connections.closeAll()
        }
    }

    private func bind() async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // One at a time, so that no more are accepted than there is room for.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { [connections, logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(connections, logger: logger))
                }
            }
            .childChannelInitializer { [connections, answering] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        Connection(connections, on: channel.eventLoop, answering), ConnectionWatch())
                }
            }
            .bind(host: address.host, port: address.port).get()
    }

    /// Waits until a stop is asked for, and stops listening.
    /// - Throws: When the system closes the socket before that.
    private func waitForStop(_ channel: any Channel) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                // Cancelling ends the wait too.
                try? await gracefulShutdown()
                return true
            }
            group.addTask {
                try await channel.closeFuture.get()
                return false
            }
            let wasAsked = try await group.next() ?? true
            group.cancelAll()
            try? await channel.close()
            if !wasAsked { throw StartError("the socket at \(address) was closed by the system") }
        }
    }
}
