internal import CLibrary
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Listens at addresses and answers the requests that come in.
package struct Listener: Service {
    /// The open connections.
    package let connections: Connections
    private let addresses: [ListenAddress]
    private let logger: Logger
    private let pipeline: ConnectionPipeline
    private let onListening: @Sendable ([ListenAddress]) -> Void

    /// The longest queue of connections that have not been accepted yet; the system may limit it further.
    private static let backlog: Int32 = 4096

    /// Creates the listener of the whole server. `onListening` gets the addresses with the ports that the system chose.
    package init(_ state: ServerState, onListening: @escaping @Sendable ([ListenAddress]) -> Void) {
        let addresses = state.options.listenAddresses
        self.init(
            state, at: addresses.isEmpty ? [.standard] : addresses, connections: state.connections,
            access: state.access, router: Routes(state).router, onListening: onListening)
    }

    /// Creates a listener at other addresses, with connections and routes of its own.
    private init(
        _ state: ServerState, at addresses: [ListenAddress], connections: Connections, access: AccessControl,
        router: Router<ServerRequestContext>, onListening: @escaping @Sendable ([ListenAddress]) -> Void
    ) {
        self.connections = connections
        self.addresses = addresses
        logger = state.logger
        self.onListening = onListening
        let responder = router.buildResponder(), logger = state.logger, paths = state.paths
        let respond: Answering = { request, channel in
            let context = ServerRequestContext(
                source: ApplicationRequestContextSource(channel: channel, logger: logger))
            do { return try await responder.respond(to: request, context: context) } catch {
                return .failure(error, paths)
            }
        }
        pipeline = ConnectionPipeline(connections, access, workers: state.workers) { request, channel in
            guard access.isActive else { return await respond(request, channel) }
            return await access.answer(request) { await respond(request, channel) }
        }
    }

    /// How many connections a listener for Alertmanager's paths alone may have.
    private static let alertmanagerConnections = 128

    /// Creates the listener for clients that expect an Alertmanager at a port of its own.
    package static func alertmanager(
        _ state: ServerState, at addresses: [ListenAddress],
        onListening: @escaping @Sendable ([ListenAddress]) -> Void
    ) -> Listener {
        var limits = state.connections.limits
        limits.maximum = min(limits.maximum, alertmanagerConnections)
        return Listener(
            state, at: addresses, connections: Connections(limits), access: state.alertmanagerAccess,
            router: AlertmanagerRoutes(state).router, onListening: onListening)
    }

    package func run() async throws {
        var channels: [any Channel] = []
        for address in addresses {
            do { channels.append(try await bind(address)) } catch {
                for channel in channels { try? await channel.close() }
                throw StartError(describe(error, address))
            }
        }
        onListening(zip(addresses, channels).map { $0.bound(to: $1) })
        let sweeping = Task { [connections] in await connections.sweepRegularly() }
        defer { sweeping.cancel() }
        let watching = Task { [pipeline] in await pipeline.watchFiles() }
        defer { watching.cancel() }
        try await waitForStop(channels)
        connections.quiesce()
        await withTaskCancellationHandler {
            await connections.drained()
        } onCancel: { [connections] in
            connections.closeAll()
        }
    }

    private func bind(_ address: ListenAddress) async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            // Accepts one at a time, so that no more are accepted than there is room for.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { [connections, logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(connections, logger: logger))
                }
            }
            .childChannelInitializer { [pipeline] channel in pipeline.prepare(channel) }
        guard let path = address.unixPath else {
            return try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.host, port: address.port).get()
        }
        try await UnixSocket.check(path)
        return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    private func describe(_ error: any Error, _ address: ListenAddress) -> String {
        switch error {
        case let error as IOError: "cannot listen at \(address): \(SystemCall.message(error.errnoCode))"
        case is SocketAddressError.UnknownHost: "cannot listen at \(address): unknown host"
        case SocketAddressError.unixDomainSocketPathTooLong:
            "cannot listen at \(address): the path is longer than the system allows for a socket"
        case let error as UnixSocket.InUse: "cannot listen at \(address): \(error)"
        default: "cannot listen at \(address): \(error)"
        }
    }

    /// Waits for a request to stop, and then stops listening.
    /// - Throws: ``StartError`` if the system closes a socket before that.
    private func waitForStop(_ channels: [any Channel]) async throws {
        try await withThrowingTaskGroup(of: ListenAddress?.self) { group in
            group.addTask {
                // Cancellation ends the wait too.
                try? await gracefulShutdown()
                return nil
            }
            for (address, channel) in zip(addresses, channels) {
                group.addTask {
                    try await channel.closeFuture.get()
                    return address
                }
            }
            let closed = try await group.next() ?? nil
            group.cancelAll()
            for channel in channels { try? await channel.close() }
            for path in addresses.compactMap(\.unixPath) { _ = SystemCall.removeFile(path) }
            if let closed { throw StartError("the socket at \(closed) was closed by the system") }
        }
    }
}

extension ListenAddress {
    /// The address with the port that the system chose.
    fileprivate func bound(to channel: any Channel) -> ListenAddress {
        guard unixPath == nil, let port = channel.localAddress?.port else { return self }
        return ListenAddress(host: host, port: port)
    }
}
