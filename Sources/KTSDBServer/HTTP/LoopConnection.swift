internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// A request that is read on a loop, answered, and written by the same loop would else wake a thread of Swift's
/// cooperative pool, which then wakes the loop: for a small query that costs more than the query.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

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
