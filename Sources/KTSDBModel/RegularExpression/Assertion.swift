/// A condition on a position between two characters; it consumes none.
enum Assertion: UInt8, Sendable {
    case beginText, endText, beginLine, endLine, wordBoundary, noWordBoundary

    /// Whether it holds between two bytes, nil standing for the ends of the text.
    ///
    /// Bytes will do for characters: newlines and the characters of words are ASCII, and no byte of another character
    /// is like them.
    func holds(after previous: UInt8?, before next: UInt8?) -> Bool {
        switch self {
        case .beginText: previous == nil
        case .endText: next == nil
        case .beginLine: previous == nil || previous == UInt8(ascii: "\n")
        case .endLine: next == nil || next == UInt8(ascii: "\n")
        case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
        case .noWordBoundary: Self.isWord(previous) == Self.isWord(next)
        }
    }

    /// Whether `byte` is an ASCII letter, digit or underscore.
    static func isWord(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return PatternParser.isAlphanumeric(byte) || byte == UInt8(ascii: "_")
    }
}
