/// What a tool has to say: its lines, and its exit code.
package struct ToolOutput: Hashable, Sendable {
    /// A text, and the stream that it goes to.
    package struct Piece: Hashable, Sendable {
        /// Whether it goes to standard error.
        package var isError: Bool
        package var text: String
    }

    /// All that is printed, in its order; neighbours go to different streams.
    package private(set) var pieces: [Piece] = []
    /// The exit code.
    package var code: Int32 = 0

    /// Nothing to say, and success.
    package init() {}

    /// What goes to standard output.
    package var output: String { pieces.filter { !$0.isError }.map(\.text).joined() }
    /// What goes to standard error.
    package var errors: String { pieces.filter(\.isError).map(\.text).joined() }

    /// Adds a line to the output.
    package mutating func print(_ line: String) { write(line + "\n") }
    /// Adds a line to the errors.
    package mutating func complain(_ line: String) { append(Piece(isError: true, text: line + "\n")) }
    /// Adds a text to the output.
    package mutating func write(_ text: String) { append(Piece(isError: false, text: text)) }
    /// Adds what another tool had to say; the greater exit code counts.
    package mutating func add(_ other: ToolOutput) {
        for piece in other.pieces { append(piece) }
        code = max(code, other.code)
    }

    private mutating func append(_ piece: Piece) {
        if pieces.last?.isError == piece.isError {
            pieces[pieces.count - 1].text += piece.text
        } else {
            pieces.append(piece)
        }
    }
}
