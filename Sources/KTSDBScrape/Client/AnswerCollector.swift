internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Keeps the head of an answer and the beginning of its body.
final class AnswerCollector: HTTPClientResponseDelegate {
    private struct State {
        var answer: HTTPAnswer?
        var byteCount = 0
        var timer: Scheduled<Void>?
    }

    /// Ends an answer that does not end by itself.
    private struct Excess: Error {}

    /// How long a body may take after its head, and how long it may be, for the connection to be worth keeping.
    private static let patience: TimeAmount = .seconds(1), byteLimit = 64 << 10
    private let state = Mutex(State())

    /// What has arrived; nil before the head.
    var answer: HTTPAnswer? { state.withLock { $0.answer } }

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let timer = task.eventLoop.scheduleTask(in: Self.patience) { task.fail(reason: Excess()) }
        state.withLock { state in
            state.answer = HTTPAnswer(
                status: Int(head.status.code), reason: head.status.reasonPhrase, headers: head.headers)
            state.timer = timer
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture {
            try state.withLock { state in
                state.byteCount += buffer.readableBytes
                guard state.byteCount <= Self.byteLimit else { throw Excess() }
                let room = HTTPAnswer.bodyLimit - (state.answer?.body.readableBytes ?? 0)
                state.answer?.body.writeBytes(buffer.readableBytesView.prefix(room))
            }
        }
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer {
        let (answer, timer) = state.withLock { ($0.answer, $0.timer) }
        timer?.cancel()
        guard let answer else { throw HTTPClientError.remoteConnectionClosed }
        return answer
    }

    func didReceiveError(task: HTTPClient.Task<HTTPAnswer>, _ error: any Error) {
        state.withLock { $0.timer }?.cancel()
    }
}
