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
    /// The beginning of the body, at most ``bodyLimit`` bytes.
    package var body = ByteBuffer()

    /// How much of a body is kept.
    package static let bodyLimit = 4 << 10

    /// Whether the status is one of success.
    package var isSuccess: Bool { status / 100 == 2 }
}
