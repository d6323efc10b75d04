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

    private let limits: AnswerLimits
    private let state = Mutex(State())

    init(_ limits: AnswerLimits) { self.limits = limits }

    /// The part of the answer that has arrived; nil before the head, or if only a complete answer counts.
    var answer: HTTPAnswer? { limits.isWhole ? nil : state.withLock { $0.answer } }

    /// Whether the server has begun to answer.
    var hasHead: Bool { state.withLock { $0.answer != nil } }

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let excess = AnswerExcess(limits: limits)
        let timer = task.eventLoop.scheduleTask(in: limits.patience) { task.fail(reason: excess) }
        state.withLock { state in
            state.timer?.cancel()
            state.answer = HTTPAnswer(head)
            state.timer = timer
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture {
            try state.withLock { state in
                state.byteCount += buffer.readableBytes
                let room = limits.kept - (state.answer?.body.readableBytes ?? 0)
                state.answer?.body.writeBytes(buffer.readableBytesView.prefix(room))
                guard state.byteCount <= limits.total else { throw AnswerExcess(limits: limits) }
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
