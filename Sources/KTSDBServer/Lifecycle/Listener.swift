internal import CLibrary
package import Hummingbird
internal import KTSDBHTTP
internal import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Listens at an address and answers the requests that come in.
package struct Listener: Service {
    /// The open connections.
    package let connections: Connections
    private let address: ListenAddress
    private let logger: Logger
    private let answering: Answering
    private let onListening: @Sendable (any Channel) -> Void

    /// The longest queue of connections that have not been accepted yet; the system may limit it further.
    private static let backlog: Int32 = 4096

    /// Creates the listener of the whole server.
    package init(_ state: ServerState, onListening: @escaping @Sendable (any Channel) -> Void) {
        self.init(
            state, at: state.options.listenAddress, connections: state.connections, router: Routes(state).router,
            onListening: onListening)
    }

    /// Creates a listener at another address, with connections and routes of its own.
    package init(
        _ state: ServerState, at address: ListenAddress, connections: Connections,
        router: Router<ServerRequestContext>, onListening: @escaping @Sendable (any Channel) -> Void
    ) {
        self.connections = connections
        self.address = address
        logger = state.logger
        self.onListening = onListening
        let responder = router.buildResponder(), logger = state.logger, paths = state.paths
        answering = { request, channel in
            let context = ServerRequestContext(
                source: ApplicationRequestContextSource(channel: channel, logger: logger))
            do { return try await responder.respond(to: request, context: context) } catch {
                return .failure(error, paths)
            }
        }
    }

    /// How many connections a listener for Alertmanager's paths alone may have.
    private static let alertmanagerConnections = 128

    /// Creates the listener for clients that expect an Alertmanager at a port of its own.
    package static func alertmanager(
        _ state: ServerState, at address: ListenAddress, onListening: @escaping @Sendable (any Channel) -> Void
    ) -> Listener {
        var limits = state.connections.limits
        limits.maximum = min(limits.maximum, alertmanagerConnections)
        return Listener(
            state, at: address, connections: Connections(limits), router: AlertmanagerRoutes(state).router,
            onListening: onListening)
    }

    package func run() async throws {
        let channel: any Channel
        do { channel = try await bind() } catch { throw StartError(describe(error)) }
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
            // Accepts one at a time, so that no more are accepted than there is room for.
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

    private func describe(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "cannot listen at \(address): \(SystemCall.message(error.errnoCode))"
        case is SocketAddressError.UnknownHost: "cannot listen at \(address): unknown host"
        default: "\(error)"
        }
    }

    /// Waits for a request to stop, and then stops listening.
    /// - Throws: ``StartError`` if the system closes the socket before that.
    private func waitForStop(_ channel: any Channel) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                // Cancellation ends the wait too.
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
