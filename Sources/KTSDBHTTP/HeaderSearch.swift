package import NIOCore

/// Finds the end of a header section that is still arriving. Each byte is looked at once, however slowly bytes arrive.
package struct HeaderSearch: Sendable {
    /// The maximum length of a section in bytes, including its first line; Go's net/http has the same limit.
    package static let limit = 1 << 20 + 4096

    private var searched = 0
    private var lineStart = 0
    private var lines = 0

    package init() {}

    /// Returns the length of the section at the beginning of `buffer`, including the empty line at its end; nil while
    /// it has not arrived completely.
    ///
    /// - Throws: A problem with status 414 if the first line is too long, and 431 if the whole section is.
    package mutating func length(in buffer: ByteBuffer) throws(HTTPProblem) -> Int? {
        let bytes = buffer.readableBytesView, start = bytes.startIndex
        while let found = bytes[(start + searched)...].firstIndex(of: ASCII.lineFeed) {
            let lineFeed = found - start
            searched = lineFeed + 1
            guard searched <= Self.limit else { break }
            let isEmpty =
                lineFeed == lineStart
                || lineFeed == lineStart + 1 && bytes[start + lineStart] == ASCII.carriageReturn
            lineStart = searched
            lines += 1
            guard isEmpty else { continue }
            defer { self = HeaderSearch() }
            return searched
        }
        searched = max(searched, bytes.count)
        guard searched <= Self.limit else { throw tooLong }
        return nil
    }

    private var tooLong: HTTPProblem {
        lines == 0
            ? HTTPProblem(414, "the request line is longer than 1 MiB")
            : HTTPProblem(431, "the header is longer than 1 MiB")
    }
}

/// The lines of a header section, without their ends.
struct HeaderLines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    /// Creates the sequence. `section` ends in an empty line, which is not one of the lines.
    init(_ section: [UInt8]) { rest = section[...] }

    mutating func next() -> ArraySlice<UInt8>? {
        guard let lineFeed = rest.firstIndex(of: ASCII.lineFeed) else { return nil }
        var line = rest[..<lineFeed]
        rest = rest[(lineFeed + 1)...]
        if line.last == ASCII.carriageReturn { line.removeLast() }
        return line.isEmpty && rest.isEmpty ? nil : line
    }
}
