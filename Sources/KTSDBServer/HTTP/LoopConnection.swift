internal import HummingbirdCore
internal import KTSDBScrape
internal import Logging
internal import NIOCore

/// An HTTP/1.1 connection whose requests are answered on the thread of its event loop.
///
/// Whatever takes long, or waits for locks or the disk, must therefore go to threads of its own: ``WorkerThreads``, and
/// those of queries.
struct LoopConnection: ServerChildChannel {
    let connection: HTTP1Channel

    /// A server of such connections.
    static func server(_ configuration: HTTP1Channel.Configuration) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            LoopConnection(connection: HTTP1Channel(responder: responder, configuration: configuration))
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        connection.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await connection.handle(value: value, logger: logger)
        }
    }
}
