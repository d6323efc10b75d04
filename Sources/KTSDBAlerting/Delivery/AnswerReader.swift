internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Keeps the head of a receiver's answer and the beginning of its body. A body that is long or does not end costs
/// nothing more than that: what has arrived until then counts.
final class AnswerReader: HTTPClientResponseDelegate {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8] = []
    }

    private struct State {
        var answer: Answer?
        var timer: Scheduled<Void>?
    }

    /// Ends an answer that does not end by itself.
    private struct Excess: Error {}

    /// How much of a body is read.
    static let bodyLimit = 64 << 10
    /// How long a body may take after its head.
    static let patience: TimeAmount = .seconds(5)
    private let state = Mutex(State())

    /// What has arrived; nil before the head.
    var answer: Answer? { state.withLock { $0.answer } }

    func didReceiveHead(task: HTTPClient.Task<Answer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let timer = task.eventLoop.scheduleTask(in: Self.patience) { task.fail(reason: Excess()) }
        state.withLock { state in
            state.timer?.cancel()
            state.answer = Answer(status: Int(head.status.code), headers: head.headers)
            state.timer = timer
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Answer>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture {
            try state.withLock { state in
                let room = Self.bodyLimit - (state.answer?.body.count ?? 0)
                state.answer?.body += buffer.readableBytesView.prefix(room)
                if buffer.readableBytes > room { throw Excess() }
            }
        }
    }

    func didFinishRequest(task: HTTPClient.Task<Answer>) throws -> Answer {
        let (answer, timer) = state.withLock { ($0.answer, $0.timer) }
        timer?.cancel()
        guard let answer else { throw HTTPClientError.remoteConnectionClosed }
        return answer
    }

    func didReceiveError(task: HTTPClient.Task<Answer>, _ error: any Error) {
        state.withLock { $0.timer }?.cancel()
    }
}
