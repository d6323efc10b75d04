internal import HTTPTypes
internal import Hummingbird
internal import PrometheusWire

/// A successful answer that consists of many elements, and is sent in pieces if it is long.
struct ListAnswer: Sendable {
    /// An estimate of the answer's length in bytes.
    var estimatedBytes: Int
    /// The number of elements.
    var count: Int
    /// Writes the part before the elements.
    var opening: @Sendable (inout JSONWriter) -> Void
    /// Writes one element.
    var element: @Sendable (Int, inout JSONWriter) -> Void
    /// Writes the part after the elements, including the end of the envelope.
    var closing: @Sendable (inout JSONWriter) -> Void
    /// Writes a part of an element and returns whether there are more parts. Used instead of ``element`` where elements
    /// can be long.
    var part: (@Sendable (_ index: Int, _ part: Int, inout JSONWriter) -> Bool)?

    /// An answer of up to about twice this length is sent at once, with its length; a longer one in pieces of this
    /// size.
    private static let pieceBytes = AnswerWriter.pieceBytes

    var response: Response {
        if estimatedBytes <= 2 * Self.pieceBytes, let short { return short }
        // Does not run on the connection's event loop, so that other connections do not have to wait.
        let body = ResponseBody { [self] writer in
            try await withTaskExecutorPreference(WorkerThreads.answers) { try await write(to: &writer) }
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }

    /// The complete answer, if it is about as short as estimated; nil otherwise.
    private var short: Response? {
        var json = JSONWriter(capacity: estimatedBytes + 256)
        opening(&json)
        for index in 0..<count {
            var next = 0
            repeat {
                guard json.count <= 4 * Self.pieceBytes else { return nil }
                next += 1
            } while write(index, next - 1, &json)
        }
        closing(&json)
        return .json(json)
    }

    private func write(_ index: Int, _ part: Int, _ json: inout JSONWriter) -> Bool {
        if let write = self.part { return write(index, part, &json) }
        element(index, &json)
        return false
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        var json = JSONWriter(capacity: Self.pieceBytes * 5 / 4)
        opening(&json)
        for index in 0..<count {
            var next = 0
            repeat {
                if json.count >= Self.pieceBytes { try await writer.write(Self.take(&json)) }
                next += 1
            } while write(index, next - 1, &json)
        }
        closing(&json)
        try await writer.write(Self.take(&json))
        try await writer.finish(nil)
    }

    private static func take(_ json: inout JSONWriter) -> ByteBuffer {
        let piece = ByteBuffer(json)
        json.removeAll()
        return piece
    }
}

extension ListAnswer {
    /// A list of strings with its warnings. `held` is kept until the answer is sent.
    static func strings(_ strings: [String], holding held: (any Sendable)? = nil, warnings: [String]) -> ListAnswer {
        ListAnswer(
            estimatedBytes: strings.reduce(128) { $0 + $1.utf8.count + 3 }, count: strings.count,
            opening: { json in
                json.beginSuccess()
                json.beginArray()
            },
            element: { index, json in
                withExtendedLifetime(held) { json.string(strings[index]) }
            },
            closing: { json in
                json.endArray()
                json.endSuccess(warnings: warnings)
            })
    }

    /// The warning in an answer that leaves out results because of a limit.
    static let truncated = "results truncated due to limit"
}
