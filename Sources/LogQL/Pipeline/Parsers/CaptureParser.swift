internal import KTSDBModel

/// `| pattern "<ip> - <_>"`: what is between the literals becomes labels.
struct CaptureParser: Sendable {
    private enum Part {
        case literal(LiteralSearch)
        /// nil for `<_>`.
        case capture(Int?)
    }

    private let parts: [Part]

    /// - Throws: that nothing is captured, or that captures follow each other or have one name.
    init(_ text: String, _ labels: inout LineLabels) throws(StageProblem) {
        let pattern = CapturePattern(text)
        let names = pattern.names
        guard !names.isEmpty else { throw StageProblem("invalid pattern parser: at least one capture is required") }
        if let (first, second) = pattern.consecutiveCaptures {
            throw StageProblem(
                "invalid pattern parser: found consecutive capture '<\(first)><\(second)>': invalid expression")
        }
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw StageProblem("invalid pattern parser: duplicate capture name (\(name)): invalid expression")
        }
        var parts: [Part] = []
        for part in pattern.parts {
            switch part {
            case .text(let text): parts.append(.literal(LiteralSearch(Array(text.utf8))))
            case .capture(let name): parts.append(.capture(name == "_" ? nil : labels.number(inStage: name)))
            }
        }
        self.parts = parts
    }

    /// Sets labels from a line. Where a literal is missing, the capture before it takes the rest of the line.
    func parse(_ line: Span<UInt8>, _ labels: inout LineLabels) {
        if labels.needsNothing || line.isEmpty { return }
        var place = 0
        var index = 0
        if case .literal(let literal) = parts[0] {
            guard line.count >= literal.text.count,
                line.isEqual(at: 0, to: literal.text.span, at: 0, count: literal.text.count)
            else { return }
            place = literal.text.count
            index = 1
        }
        while index < parts.count {
            guard case .capture(let number) = parts[index] else { return }
            var end = line.count
            var next = end
            var isFound = false
            if index + 1 < parts.count, case .literal(let literal) = parts[index + 1],
                let found = literal.first(in: line, from: place)
            {
                (end, next, isFound) = (found, found + literal.text.count, true)
            }
            if let number { labels.extract(number, line.extracting(place..<end), keepsFirst: false) }
            if !isFound { return }
            place = next
            index += 2
        }
    }
}
