/// What is wrong with an expression.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The message without its place.
    public var message: String
    /// Where, as UTF-8 byte offsets in the text.
    public var range: SourceRange
    /// From 1; 0 when the text was empty.
    public var line: Int
    /// From 1, in bytes; 0 when the text was empty.
    public var column: Int
    /// `LINE:COLUMN: parse error: MESSAGE`, as Prometheus prints it.
    public var description: String {
        line == 0 ? "unknown position: parse error: \(message)" : "\(line):\(column): parse error: \(message)"
    }

    /// Computes line and column of the start of `range` in `text`.
    init(message: String, range: SourceRange, in text: [UInt8]) {
        self.message = message
        self.range = range
        (line, column) = text.isEmpty ? (0, 0) : lineAndColumn(of: range.lowerBound, in: text)
    }
}

/// All that is wrong with an expression; at least one error.
public struct ParseErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// In the order in which they were found.
    public var errors: [ParseError]
    /// The first error's text.
    public var description: String { errors.first?.description ?? "unknown parse error" }
}

/// The line and the column in bytes of a byte offset, both from 1.
package func lineAndColumn(of offset: Int, in text: [UInt8]) -> (line: Int, column: Int) {
    let before = text[..<min(offset, text.count)]
    let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return (line, offset - lineStart + 1)
}
