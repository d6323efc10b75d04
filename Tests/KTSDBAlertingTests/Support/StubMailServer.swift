import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A mail server on a port of its own that says what a test wants.
final class StubMailServer: Sendable {
    /// What the server can do and whom it believes.
    struct Settings: Sendable {
        var greeting = "220 stub ESMTP"
        var extensions: [String] = ["8BITMIME"]
        /// Offered before encryption.
        var offersTLS = false
        /// Encrypted from the beginning.
        var isImplicit = false
        /// Answers to commands by their first words, instead of the usual ones.
        var answers: [String: String] = [:]
        /// The answers to a client's responses during authentication.
        var challenges: [String] = []
        /// Commands that are never answered.
        var silent: Set<String> = []
        /// What is sent right after the answer to STARTTLS, in the clear.
        var injected = ""
    }

    fileprivate struct State {
        var lines: [String] = []
        var mails: [String] = []
        var wasEncrypted = false
    }

    final class Shared: Sendable {
        let settings: Settings
        fileprivate let state = Mutex(State())
        init(_ settings: Settings) { self.settings = settings }
    }

    let port: Int
    private let shared: Shared
    private let channel: any Channel

    init(_ settings: Settings = Settings()) async throws {
        let shared = Shared(settings), context = try TestCertificate.serverContext()
        self.shared = shared
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if settings.isImplicit {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(Handler(shared, context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// The lines that clients sent, without the mails.
    var lines: [String] { shared.state.withLock { $0.lines } }
    var mails: [String] { shared.state.withLock { $0.mails } }
    var wasEncrypted: Bool { shared.state.withLock { $0.wasEncrypted } }

    func close() async { try? await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let shared: Shared
        private let tls: NIOSSLContext
        private var rest = "", isEncrypted: Bool, mail: String?, challenges: [String]?

        init(_ shared: Shared, _ tls: NIOSSLContext) {
            self.shared = shared
            self.tls = tls
            isEncrypted = shared.settings.isImplicit
        }

        func channelActive(context: ChannelHandlerContext) { say(shared.settings.greeting, context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            rest += String(buffer: unwrapInboundIn(data))
            while let end = rest.firstRange(of: "\r\n") {
                let line = String(rest[..<end.lowerBound])
                rest = String(rest[end.upperBound...])
                take(line, context)
            }
        }

        private func take(_ line: String, _ context: ChannelHandlerContext) {
            if mail != nil { return takeContent(line, context) }
            shared.state.withLock { $0.lines.append(line) }
            if challenges != nil { return challenge(context) }
            let command = line.split(separator: " ").first.map { $0.uppercased() } ?? ""
            if shared.settings.silent.contains(command) { return }
            if let answer = shared.settings.answers[command] { return say(answer, context) }
            switch command {
            case "EHLO": hello(context)
            case "STARTTLS": encrypt(context)
            case "AUTH":
                challenges = shared.settings.challenges
                challenge(context)
            case "DATA":
                mail = ""
                say("354 go ahead", context)
            case "QUIT": say("221 bye", context)
            default: say("250 OK", context)
            }
        }

        private func hello(_ context: ChannelHandlerContext) {
            var lines = ["stub"] + shared.settings.extensions
            if shared.settings.offersTLS, !isEncrypted { lines.append("STARTTLS") }
            let all = lines.enumerated().map { "250\($0.offset == lines.count - 1 ? " " : "-")\($0.element)" }
            say(all.joined(separator: "\r\n"), context)
        }

        private func challenge(_ context: ChannelHandlerContext) {
            guard let next = challenges?.first else {
                challenges = nil
                return say(shared.settings.answers["AUTHENTICATED"] ?? "235 welcome", context)
            }
            challenges!.removeFirst()
            say("334 \(next)", context)
        }

        private func encrypt(_ context: ChannelHandlerContext) {
            say("220 go ahead" + (shared.settings.injected.isEmpty ? "" : "\r\n" + shared.settings.injected), context)
            isEncrypted = true
            shared.state.withLock { $0.wasEncrypted = true }
            try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
        }

        private func takeContent(_ line: String, _ context: ChannelHandlerContext) {
            guard line == "." else {
                mail! += (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\r\n"
                return
            }
            let whole = mail!
            mail = nil
            shared.state.withLock { $0.mails.append(whole) }
            say(shared.settings.answers["CONTENT"] ?? "250 queued", context)
        }

        private func say(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
