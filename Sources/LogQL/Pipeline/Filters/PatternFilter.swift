internal import KTSDBModel

/// `|> "<_> text <_>"`: whether the literals follow each other in the line, with at least one byte for each `<_>`.
struct PatternFilter: Sendable {
    private let literals: [LiteralSearch]
    private let beginsWithCapture: Bool
    private let endsWithCapture: Bool

    /// - Throws: that a capture has a name, or follows another.
    init(_ text: String) throws(StageProblem) {
        let pattern = CapturePattern(text)
        if let name = pattern.names.first {
            throw StageProblem("named captures are not allowed: found '<\(name)>'")
        }
        if let (first, second) = pattern.consecutiveCaptures {
            throw StageProblem("found consecutive capture '<\(first)><\(second)>': invalid expression")
        }
        literals = pattern.parts.compactMap { part in
            if case .text(let text) = part { LiteralSearch(Array(text.utf8)) } else { nil }
        }
        beginsWithCapture = pattern.parts.first == .capture("_")
        endsWithCapture = pattern.parts.last == .capture("_")
    }

    /// Whether the pattern covers the whole line.
    func matches(_ line: Span<UInt8>) -> Bool {
        guard let last = literals.last else { return beginsWithCapture ? !line.isEmpty : line.isEmpty }
        var place = 0
        for (index, literal) in literals.enumerated() {
            let isFirst = index == 0
            if isFirst, !beginsWithCapture {
                guard literal.text.count <= line.count,
                    line.isEqual(at: 0, to: literal.text.span, at: 0, count: literal.text.count)
                else { return false }
                place = literal.text.count
                if literals.count == 1, !endsWithCapture { return place == line.count }
                continue
            }
            if index == literals.count - 1, !endsWithCapture {
                // The last literal is at the end of the line, wherever else it is.
                let start = line.count - last.text.count
                return start > place && line.isEqual(at: start, to: last.text.span, at: 0, count: last.text.count)
            }
            guard let found = literal.first(in: line, from: place + 1) else { return false }
            place = found + literal.text.count
        }
        return endsWithCapture ? place < line.count : place == line.count
    }
}
