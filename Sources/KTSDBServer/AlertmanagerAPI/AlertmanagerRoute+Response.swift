internal import HTTPTypes
internal import Hummingbird
internal import KTSDBNotify
internal import PrometheusWire

extension AlertmanagerRoute {
    /// A list with more elements is sent in pieces.
    private static let shortList = 100

    /// Encodes an answer; takes as long as it has bytes, unless it is a long list.
    static func response(_ answer: APIAnswer) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if !answer.allowed.isEmpty { headers[.allow] = answer.allowed.joined(separator: ",") }
        let status = HTTPResponse.Status(code: answer.status)
        if case .none = answer.body {
            headers[.contentLength] = "0"
            return Response(status: status, headers: headers)
        }
        headers[.contentType] = "application/json"
        guard let count = answer.elementCount, count > shortList else {
            let body = ByteBuffer(bytes: answer.encoded)
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
        }
        // Does not run on the thread of the connection's event loop, because other connections wait for it.
        let body = ResponseBody { writer in
            try await withTaskExecutorPreference(WorkerThreads.answers) { try await write(answer, count, to: &writer) }
        }
        return Response(status: status, headers: headers, body: body)
    }

    private static func write(_ answer: APIAnswer, _ count: Int, to writer: inout any ResponseBodyWriter) async throws {
        var piece = Array("[".utf8)
        for index in 0..<count {
            if index > 0 { piece.append(UInt8(ascii: ",")) }
            answer.element(index).append(to: &piece)
            guard piece.count >= AnswerWriter.pieceBytes else { continue }
            try await writer.write(ByteBuffer(bytes: piece))
            piece.removeAll(keepingCapacity: true)
        }
        piece += "]\n".utf8
        try await writer.write(ByteBuffer(bytes: piece))
        try await writer.finish(nil)
    }
}
