internal import KTSDBModel

/// Reads pairs of `key=value key="value" key`.
struct LogfmtScanner {
    /// A pair that was read.
    struct Pair {
        var key: Range<Int>
        /// Empty if the key has no value.
        var value: Range<Int>
        /// Whether the value is in quotes and has escape sequences; then it is with its quotes.
        var isEscaped = false
    }

    /// What is malformed, and where.
    struct Problem: Error {
        /// Bytes, from 1.
        var position: Int
        var text: String
        /// As users see it.
        var description: String { "logfmt syntax error at pos \(position) : \(text)" }
    }

    private var index = 0

    /// Reads the next pair; nil at the end. After an error the scanner is at the next blank.
    mutating func next(_ line: Span<UInt8>) throws(Problem) -> Pair? {
        while index < line.count, line[index] <= 0x20 { index += 1 }
        guard index < line.count else { return nil }
        let start = index
        while index < line.count, line[index] > 0x20, line[index] != UInt8(ascii: "=") {
            if line[index] == UInt8(ascii: "\"") { throw unexpected(line) }
            index += 1
        }
        let key = start..<index
        guard index < line.count, line[index] == UInt8(ascii: "=") else { return Pair(key: key, value: index..<index) }
        if key.isEmpty { throw unexpected(line) }
        index += 1
        if index < line.count, line[index] == UInt8(ascii: "\"") { return try quoted(line, key) }
        let valueStart = index
        while index < line.count, line[index] > 0x20 {
            if line[index] == UInt8(ascii: "=") || line[index] == UInt8(ascii: "\"") { throw unexpected(line) }
            index += 1
        }
        return Pair(key: key, value: valueStart..<index)
    }

    private mutating func quoted(_ line: Span<UInt8>, _ key: Range<Int>) throws(Problem) -> Pair {
        let start = index
        guard let end = JSONScan.stringEnd(line, at: index + 1) else {
            index = line.count
            throw Problem(position: line.count + 1, text: "unterminated quoted value")
        }
        index = end.quote + 1
        if end.isEscaped { return Pair(key: key, value: start..<index, isEscaped: true) }
        return Pair(key: key, value: (start + 1)..<end.quote)
    }

    /// The error of the byte at `index`; the pair is passed over.
    private mutating func unexpected(_ line: Span<UInt8>) -> Problem {
        let problem = Problem(
            position: index + 1, text: "unexpected '\(String(UnicodeScalar(line[index])))'")
        while index < line.count, line[index] > 0x20 { index += 1 }
        return problem
    }

    /// The error of a quoted value whose escape sequences are invalid.
    func invalidQuote() -> Problem { Problem(position: index + 1, text: "invalid quoted value") }
}
