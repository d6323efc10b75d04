internal import KTSDBModel

/// `| decolorize`: removes the escape sequences of terminals, such as colours and titles of windows.
enum Decolorizer {
    /// CSI and OSC sequences, as the package `ansi-regex` describes them.
    private static let sequence = try? RegularExpression(
        "[\u{1B}\u{9B}][\\[\\]()#;?]*"
            + "(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\u{07})|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))",
        dotMatchesNewline: false)

    /// Removes the sequences from a line.
    static func decolorize(_ line: inout [UInt8]) {
        guard let sequence, hasEscape(line.span) else { return }
        let source = line
        var start = 0
        line.removeAll()
        while let match = sequence.firstMatch(in: source.span, from: start)?[0] {
            line.append(source.span.extracting(start..<match.lowerBound))
            start = match.upperBound
        }
        line.append(source.span.extracting(start..<source.count))
    }

    /// Most lines have no escape, which is looked for many bytes at a time.
    private static func hasEscape(_ line: Span<UInt8>) -> Bool {
        let raw = line.rawBytes
        return raw.offset(of: 0x1B, from: 0) != nil || raw.offset(of: 0x9B, from: 0) != nil
    }
}
