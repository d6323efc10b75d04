internal import KTSDBAccess
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL

/// Sets up new connections: adds TLS if it is configured, and then the protocol that client and server agree on.
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

    /// Prepares an accepted connection. If access depends on files, it checks them for changes first.
    func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard access.hasFiles else { return channel.eventLoop.makeCompletedFuture { try addHandlers(channel) } }
        let refreshed = channel.eventLoop.makeFutureWithTask { [workers, access] in
            await workers.run { access.refresh() }
        }
        return refreshed.flatMapThrowing { try addHandlers(channel) }
    }

    /// Checks the files for changes every second, if there are any, until the task is cancelled.
    func watchFiles() async {
        while !Task.isCancelled {
            // A reload may name the first file; until this loop sees that, each new connection checks the files.
            try? await Task.sleep(for: .seconds(access.hasFiles ? 1 : 60))
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
        // The streams need the connection, which comes after their handler in the pipeline.
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
    /// Sets whether the client may close its side alone; an HTTP/2 connection is closed as a whole.
    fileprivate func setHalfClosure(_ isAllowed: Bool) throws {
        try syncOptions?.setOption(.allowRemoteHalfClosure, value: isAllowed)
    }
}

/// The access rules of a listener, as far as its connections need them.
protocol ConnectionAccess: Sendable {
    /// Whether the rules depend on files, which can change.
    var hasFiles: Bool { get }
    /// How connections are encrypted; nil if they are not.
    var identity: TLSIdentity? { get }
    /// Reads the files again if one has changed. Blocks.
    func refresh()
}
