/// A condition on a position between two characters. It consumes nothing.
enum Assertion: UInt8, Sendable {
    case beginText, endText, beginLine, endLine, wordBoundary, noWordBoundary

    /// Whether it holds between two bytes. nil is an end of the text.
    ///
    /// Bytes suffice: newlines and word characters are ASCII, and the bytes of other characters are not.
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
