internal import NIOCore
internal import Synchronization

/// Hands the replies of a mail server to the task that talks to it.
final class SMTPReplies: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var parser = SMTPReplyParser()
        /// Replies that nobody has asked for yet.
        var ready: [SMTPReply] = []
        var waiting: CheckedContinuation<SMTPReply, any Error>?
        var failure: (any Error)?
    }

    /// A server that says more than this without being asked is not a mail server.
    private static let readyLimit = 4
    private let state = Mutex(State())

    /// Waits for the next reply. One task at a time.
    func next() async throws -> SMTPReply {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<SMTPReply, any Error>? in
                if !state.ready.isEmpty { return .success(state.ready.removeFirst()) }
                if let failure = state.failure { return .failure(failure) }
                state.waiting = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Whether everything that the server has sent was asked for.
    var isQuiet: Bool { state.withLock { $0.ready.isEmpty && $0.parser.isEmpty } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data).readableBytesView
        do throws(SMTPReplyParser.Problem) {
            let excess = try state.withLock { state throws(SMTPReplyParser.Problem) in
                state.ready += try state.parser.take(bytes)
                return state.ready.count > Self.readyLimit
            }
            if excess { throw SMTPReplyParser.Problem(description: "replies that were not asked for") }
            deliver()
        } catch { fail(error, context) }
    }

    private func deliver() {
        let (waiting, reply) = state.withLock { state in
            guard let waiting = state.waiting, !state.ready.isEmpty else {
                return (nil as CheckedContinuation<SMTPReply, any Error>?, nil as SMTPReply?)
            }
            state.waiting = nil
            return (waiting, state.ready.removeFirst())
        }
        if let waiting, let reply { waiting.resume(returning: reply) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        fail(error)
        context.close(promise: nil)
    }

    /// Ends the conversation; the first reason counts.
    func fail(_ error: any Error) {
        let waiting = state.withLock { state in
            if state.failure == nil { state.failure = error }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(throwing: error)
    }
}
