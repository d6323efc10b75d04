internal import KTSDBModel
internal import KTSDBScrape
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A conversation with a mail server.
struct SMTPConnection: Sendable {
    /// Why it ended, and at which step.
    struct Failure: Error, Sendable {
        var step: String
        var cause: any Error
    }

    /// A reply that refuses.
    struct Refusal: Error, CustomStringConvertible {
        var reply: SMTPReply
        var description: String { reply.text }
    }

    private let channel: any Channel
    private let replies: SMTPReplies

    /// How long it may take until the server is connected.
    private static let connectTime = TimeAmount.seconds(30)

    /// Connects; encrypted from the beginning if there are settings for it.
    static func open(
        host: String, port: Int, tls: NIOSSLContext?, serverName: String, within time: TimeAmount
    ) async throws -> SMTPConnection {
        let replies = SMTPReplies()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(min(time, connectTime))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(handler(tls, serverName)) }
                    try channel.pipeline.syncOperations.addHandler(replies)
                }
            }
            .connect(host: host, port: port).get()
        return SMTPConnection(channel: channel, replies: replies)
    }

    private static func handler(_ context: NIOSSLContext, _ serverName: String) throws -> NIOSSLClientHandler {
        // An address is not sent as a name; the certificate is compared with it all the same.
        let isAddress = (try? SocketAddress(ipAddress: serverName, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : serverName)
    }

    /// Ends the conversation at once: whoever waits for a reply gets `error`.
    func abort(_ error: any Error) {
        replies.fail(error)
        channel.close(promise: nil)
    }

    /// Ends the conversation when `time` is over.
    func abort(after time: TimeAmount, _ error: any Error & Sendable) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: time) { abort(error) }
    }

    /// Waits for a reply that nothing was sent for.
    func greeting() async throws -> SMTPReply { try Self.check(try await replies.next(), 220) }

    /// Sends a line and waits for its reply, whatever that says.
    func send(_ line: String) async throws -> SMTPReply { try await send(Array("\(line)\r\n".utf8)) }

    /// Sends bytes and waits for their reply, whatever that says.
    func send(_ bytes: [UInt8]) async throws -> SMTPReply {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        return try await replies.next()
    }

    /// Sends a line and waits for its reply, which has to have this code.
    func send(_ line: String, expecting code: Int) async throws -> SMTPReply {
        try Self.check(try await send(line), code)
    }

    /// Refuses a reply with another code; of a code below 100, the beginning counts.
    static func check(_ reply: SMTPReply, _ code: Int) throws -> SMTPReply {
        guard reply.code == code || reply.code / 10 == code else { throw Refusal(reply: reply) }
        return reply
    }

    /// Encrypts the conversation from here on. What somebody has slipped in before is refused.
    func encrypt(_ context: NIOSSLContext, serverName: String) async throws {
        try await channel.eventLoop.submit { [channel, replies] in
            guard replies.isQuiet else {
                throw SMTPReplyParser.Problem(description: "replies before the connection was encrypted")
            }
            try channel.pipeline.syncOperations.addHandler(
                Self.handler(context, serverName), position: .first)
        }.get()
    }

    /// Takes leave, and does not wait for long.
    func close() async {
        channel.writeAndFlush(ByteBuffer(string: "QUIT\r\n"), promise: nil)
        _ = abort(after: .seconds(2), ChannelError.eof)
        _ = try? await replies.next()
        channel.close(promise: nil)
    }
}
