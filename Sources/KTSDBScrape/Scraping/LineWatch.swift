internal import NIOCore
internal import PrometheusWire

/// Watches the length of lines in a text body while it arrives. A line that is too long for any label set ends the
/// body, before it takes as much memory as a complete body may.
struct LineWatch: Sendable {
    /// The longest line, in bytes: no label set is longer.
    static let limit = 16 << 20

    /// The length of the incomplete last line so far.
    private var length = 0
    private let isText: Bool

    /// Creates the watch for a body with this `Content-Type`.
    init(contentType: String) { isText = !ExpositionFormat.isProtobuf(contentType) }

    /// Takes the next bytes. Only reads them backwards to the last line feed.
    mutating func take(_ bytes: ByteBufferView) throws(FetchError) {
        guard isText else { return }
        if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
            length = bytes.distance(from: end, to: bytes.endIndex) - 1
        } else {
            length += bytes.count
        }
        guard length <= Self.limit else { throw .failed("a line of the body is longer than 16 MiB") }
    }
}
