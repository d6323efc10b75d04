internal import NIOCore

/// Splits bytes that arrive in parts into lines.
struct LineSplitter {
    private var rest: [UInt8] = []
    private let limit: Int

    /// Creates a splitter of lines of at most `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// Adds a part, and returns the lines that it completes. Empty lines are left out.
    mutating func lines(adding part: ByteBuffer) throws(DiscoveryFailure) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        let pieces = part.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (place, piece) in pieces.enumerated() {
            rest.append(contentsOf: piece)
            guard rest.count <= limit else { throw DiscoveryFailure("a line has more than \(limit) bytes") }
            guard place < pieces.count - 1 else { break }
            if !rest.isEmpty { lines.append(rest) }
            rest = []
        }
        return lines
    }
}
