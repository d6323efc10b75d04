import NIOCore
import NIOPosix
import Synchronization

/// A DNS server on a port of its own, over UDP and TCP, which answers as a test says.
final class DNSStub: Sendable {
    /// A question.
    struct Question: Hashable, Sendable {
        /// In lower case, without a dot at the end.
        var name: String
        var type: UInt16
        var isTCP: Bool
    }

    /// An answer.
    enum Answer: Sendable {
        /// The bytes of records' content, each with its type.
        case records([(type: UInt16, content: [UInt8])])
        /// An error of the protocol: 2 for a failure of the server, 3 for a name that does not exist.
        case error(UInt8)
        /// An answer that is too long for a datagram.
        case truncated
        /// These bytes, whatever they are.
        case bytes([UInt8])
        case none
    }

    /// No port is free for datagrams and streams.
    private struct NoPort: Error {}

    let port: Int
    private let channels: [any Channel]
    private let log: QuestionLog

    private final class QuestionLog: Sendable {
        let questions = Mutex<[Question]>([])
    }

    var questions: [Question] { log.questions.withLock { $0 } }

    init(_ answer: @escaping @Sendable (Question) -> Answer) async throws {
        let log = QuestionLog()
        self.log = log
        let respond: @Sendable ([UInt8], Bool) -> [UInt8]? = { bytes, isTCP in
            guard let question = Self.question(bytes, isTCP) else { return nil }
            log.questions.withLock { $0.append(question) }
            return Self.message(bytes, answer(question))
        }
        (channels, port) = try await Self.listen(respond)
    }

    /// Listens for datagrams and for streams at the same port, one that is free for both.
    private static func listen(
        _ respond: @escaping @Sendable ([UInt8], Bool) -> [UInt8]?
    ) async throws -> (channels: [any Channel], port: Int) {
        for _ in 0..<100 {
            let datagrams = try await listenForDatagrams(respond), port = datagrams.localAddress?.port ?? 0
            if let streams = try? await listenForStreams(respond, port) { return ([datagrams, streams], port) }
            try await datagrams.close()
        }
        throw NoPort()
    }

    private static func listenForDatagrams(
        _ respond: @escaping @Sendable ([UInt8], Bool) -> [UInt8]?
    ) async throws -> any Channel {
        try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Datagrams { respond($0, false) })
            }
        }.bind(host: "127.0.0.1", port: 0).get()
    }

    private static func listenForStreams(
        _ respond: @escaping @Sendable ([UInt8], Bool) -> [UInt8]?, _ port: Int
    ) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Streams { respond($0, true) })
            }
        }.bind(host: "127.0.0.1", port: port).get()
    }

    func close() async { for channel in channels { try? await channel.close() } }

    // MARK: Content

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func service(_ target: String, _ port: Int) -> (UInt16, [UInt8]) {
        (33, [0, 1, 0, 2, UInt8(port >> 8), UInt8(port & 255)] + name(target))
    }

    // MARK: Messages

    private static func question(_ bytes: [UInt8], _ isTCP: Bool) -> Question? {
        guard bytes.count > 12 else { return nil }
        var place = 12, labels: [String] = []
        while place < bytes.count, bytes[place] > 0 {
            let end = min(place + 1 + Int(bytes[place]), bytes.count)
            labels.append(String(decoding: bytes[(place + 1)..<end], as: UTF8.self))
            place = end
        }
        guard place + 2 < bytes.count else { return nil }
        return Question(
            name: labels.joined(separator: ".").lowercased(),
            type: UInt16(bytes[place + 1]) << 8 | UInt16(bytes[place + 2]),
            isTCP: isTCP)
    }

    private static func message(_ question: [UInt8], _ answer: Answer) -> [UInt8]? {
        var end = 12
        while question[end] > 0 { end += 1 + Int(question[end]) }
        let part = Array(question[12..<(end + 5)])
        func head(_ flags: UInt8, _ code: UInt8, _ count: Int) -> [UInt8] {
            [question[0], question[1], flags, code, 0, 1, UInt8(count >> 8), UInt8(count & 255), 0, 0, 0, 0] + part
        }
        switch answer {
        case .none: return nil
        case .bytes(let bytes): return bytes
        case .error(let code): return head(0x81, 0x80 | code, 0)
        case .truncated: return head(0x83, 0x80, 0)
        case .records(let records):
            return records.reduce(head(0x81, 0x80, records.count)) { bytes, record in
                // The name refers to that of the question.
                bytes + [0xc0, 12, UInt8(record.type >> 8), UInt8(record.type & 255), 0, 1, 0, 0, 0, 60]
                    + [UInt8(record.content.count >> 8), UInt8(record.content.count & 255)] + record.content
            }
        }
    }

    private final class Datagrams: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let answer: ([UInt8]) -> [UInt8]?

        init(_ answer: @escaping ([UInt8]) -> [UInt8]?) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            guard let bytes = answer(Array(envelope.data.readableBytesView)) else { return }
            context.writeAndFlush(
                wrapOutboundOut(.init(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: bytes))),
                promise: nil)
        }
    }

    private final class Streams: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: ([UInt8]) -> [UInt8]?

        init(_ answer: @escaping ([UInt8]) -> [UInt8]?) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let input = Array(unwrapInboundIn(data).readableBytesView)
            guard input.count > 2, let bytes = answer(Array(input.dropFirst(2))) else { return }
            // In two parts, as streams may come.
            let whole = [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: whole.prefix(7))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: whole.dropFirst(7))), promise: nil)
        }
    }
}
