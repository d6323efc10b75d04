internal import NIOCore

/// Watches the lines of a body in text while it arrives. A line that no label set can be in is the end of it, before it
/// takes as much memory as a whole body may.
struct LineWatch: Sendable {
    /// The longest line, in bytes: no label can be longer.
    static let limit = 16 << 20

    /// The length of the last line so far.
    private var length = 0
    private let isText: Bool

    /// Begins a body of this type.
    init(contentType: String) { isText = !contentType.contains("protobuf") }

    /// Takes the next bytes. Looks at no more of them than the last line has.
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
