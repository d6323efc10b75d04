internal import HTTPTypes
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

extension HTTP2Stream {
    /// Header fields that only make sense on an HTTP/1.1 connection.
    private static let hopByHop: Set = ["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"]

    func startAnswer(_ response: HTTPResponse, isHead: Bool) {
        let status = response.status.code
        answer.hasNoBody = isHead || status == 204 || status == 304
        answer.isEventStream = response.headerFields[.contentType] == "text/event-stream"
        var headers = HPACKHeaders([(":status", "\(status)")])
        for field in response.headerFields {
            let name = field.name.canonicalName
            if !Self.hopByHop.contains(name) { headers.add(name: name, value: field.value) }
        }
        headers.add(name: "date", value: HTTPDate.now)
        pendingHead = headers
        guard answer.isEventStream else { return }
        writeHead(endsStream: false)
        context?.flush()
    }

    private func writeHead(endsStream: Bool) {
        guard let headers = pendingHead else { return }
        pendingHead = nil
        context?.write(wrapOutboundOut(.headers(.init(headers: headers, endStream: endsStream))), promise: nil)
    }

    func send(_ part: ByteBuffer) -> Bool {
        guard !answer.hasNoBody, part.readableBytes > 0 else { return true }
        writeHead(endsStream: false)
        context?.write(wrapOutboundOut(.data(.init(data: .byteBuffer(part)))), promise: nil)
        answer.unflushed += part.readableBytes
        if answer.unflushed > 16 << 10 || answer.isEventStream || !isWritable {
            answer.unflushed = 0
            context?.flush()
        }
        return isWritable
    }

    func endAnswer() {
        guard let context, !answer.isEnded else { return }
        answer.end()
        publish()
        let stream = NIOLoopBound(self, eventLoop: context.eventLoop),
            sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.whenSuccess { stream.value.answered() }
        if let headers = pendingHead {
            pendingHead = nil
            let payload = HTTP2Frame.FramePayload.headers(.init(headers: headers, endStream: true))
            return context.writeAndFlush(wrapOutboundOut(payload), promise: sent)
        }
        let payload = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))
        context.writeAndFlush(wrapOutboundOut(payload), promise: sent)
    }
}
