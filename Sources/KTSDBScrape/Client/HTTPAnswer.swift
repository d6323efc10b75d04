package import NIOCore
package import NIOHTTP1

/// What the other side says to a request.
package struct HTTPAnswer: Sendable {
    /// The status, such as 200.
    package var status: Int
    /// What the status line says of it, such as `OK`.
    package var reason: String
    /// The header `Retry-After` and the others.
    package var headers: HTTPHeaders
    /// The body, or its beginning: as much as the ``AnswerLimits`` keep.
    package var body = ByteBuffer()

    init(_ head: HTTPResponseHead) {
        status = Int(head.status.code)
        reason = head.status.reasonPhrase
        headers = head.headers
    }

    /// Whether the status is one of success.
    package var isSuccess: Bool { status / 100 == 2 }
}
