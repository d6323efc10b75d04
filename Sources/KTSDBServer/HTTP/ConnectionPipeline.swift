internal import KTSDBAccess
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL

/// What a new connection gets: TLS if it is configured, and the protocol that client and server agree on.
struct ConnectionPipeline: Sendable {
    private let connections: Connections
    private let access: any ConnectionAccess
    private let workers: WorkerThreads
    private let answering: Answering

    init(
        _ connections: Connections, _ access: any ConnectionAccess, workers: WorkerThreads,
        _ answering: @escaping Answering
    ) {
        self.connections = connections
        self.access = access
        self.workers = workers
        self.answering = answering
    }

    /// Prepares a connection that was accepted; for a server without TLS, at once.
    func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard access.hasFiles else { return channel.eventLoop.makeCompletedFuture { try addHandlers(channel) } }
        let refreshed = channel.eventLoop.makeFutureWithTask { [workers, access] in
            await workers.run { access.refresh() }
        }
        return refreshed.flatMapThrowing { try addHandlers(channel) }
    }

    /// Looks for changed files every second, until the task is cancelled.
    func watchFiles() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            if access.hasFiles { await workers.run { [access] in access.refresh() } }
        }
    }

    private func addHandlers(_ channel: any Channel) throws {
        guard let identity = access.identity else { return try addHTTP1(channel) }
        let handshake = TLSHandshake(connections, identity) { context, isHTTP2 in
            if isHTTP2 { try addHTTP2(context.channel) } else { try addHTTP1(context.channel) }
        }
        try channel.pipeline.syncOperations.addHandlers(identity.makeHandler(), handshake)
    }

    private func addHTTP1(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandlers(
            Connection(connections, on: channel.eventLoop, answering), ConnectionWatch())
    }

    private func addHTTP2(_ channel: any Channel) throws {
        // Its streams need the connection, and the connection comes after them.
        let loop = channel.eventLoop, executor = LoopExecutor(loop)
        let connection = NIOLoopBound(HTTP2Connection(connections), eventLoop: loop)
        let streams = NIOHTTP2Handler(
            mode: .server, eventLoop: loop, connectionConfiguration: HTTP2Connection.configuration
        ) { [connections, answering] stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers(
                    HTTP2Stream(connections, connection.value, executor, answering), ConnectionWatch())
            }
        }
        try channel.setHalfClosure(false)
        try channel.pipeline.syncOperations.addHandlers(streams, connection.value)
    }
}

extension Channel {
    /// A connection of HTTP/2 ends as a whole.
    fileprivate func setHalfClosure(_ isAllowed: Bool) throws {
        try syncOptions?.setOption(.allowRemoteHalfClosure, value: isAllowed)
    }
}

/// What a connection has to know about who may use its listener.
protocol ConnectionAccess: Sendable {
    /// Whether there are files that can change.
    var hasFiles: Bool { get }
    /// How connections are encrypted; nil for not at all.
    var identity: TLSIdentity? { get }
    /// Reads the files again if one has changed. Blocks.
    func refresh()
}
