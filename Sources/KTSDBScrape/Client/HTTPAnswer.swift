package import NIOCore
package import NIOHTTP1

/// A server's answer to a request.
package struct HTTPAnswer: Sendable {
    /// The status code, such as 200.
    package var status: Int
    /// The reason phrase of the status line, such as `OK`.
    package var reason: String
    /// All headers.
    package var headers: HTTPHeaders
    /// The body, or as much of its beginning as the ``AnswerLimits`` keep.
    package var body = ByteBuffer()

    init(_ head: HTTPResponseHead) {
        status = Int(head.status.code)
        reason = head.status.reasonPhrase
        headers = head.headers
    }

    /// Whether the status is in the range 200–299.
    package var isSuccess: Bool { status / 100 == 2 }
}
