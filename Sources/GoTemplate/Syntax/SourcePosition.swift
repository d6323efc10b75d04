/// A place in the text of a template.
public struct SourcePosition: Hashable, Sendable {
    /// Counted from 1.
    public let line: Int
    /// In bytes from the start of the line, counted from 0, as in Go's messages; 0 where only the line is known.
    public let column: Int

    /// Makes a place.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The place of the byte at `offset`.
    init(offset: Int, in text: [UInt8]) {
        let before = text.prefix(offset)
        line = 1 + before.count { $0 == 0x0A }
        column = before.count - ((before.lastIndex(of: 0x0A) ?? -1) + 1)
    }
}
