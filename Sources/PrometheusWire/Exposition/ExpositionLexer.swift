internal import KTSDBModel

/// Divides a scrape body into tokens.
///
/// It is a state machine, because the meaning of a byte depends on where it occurs. It takes the longest possible token
/// and does not backtrack: when a token breaks off, ``position`` is at the byte that does not fit, which is what error
/// messages show.
struct ExpositionLexer {
    /// The kinds of tokens, with the names that error messages use.
    enum Token: String {
        case invalid = "INVALID"
        case end = "EOF"
        case lineBreak = "LINEBREAK"
        case help = "HELP"
        case type = "TYPE"
        case unit = "UNIT"
        case endWord = "EOFWORD"
        case text = "TEXT"
        case comment = "COMMENT"
        case metricName = "MNAME"
        case quotedName = "QSTRING"
        case braceOpen = "BOPEN"
        case braceClose = "BCLOSE"
        case labelName = "LNAME"
        case labelValue = "LVALUE"
        case comma = "COMMA"
        case equal = "EQUAL"
        case timestamp = "TIMESTAMP"
        case value = "VALUE"
    }

    /// What the next token may be.
    enum State {
        case line, metadataName, metadataText
        case labels, labelValue, value, timestamp
        case exemplarLabels, exemplarLabelValue, exemplarValue, exemplarTimestamp
    }

    let format: ExpositionFormat
    var state = State.line
    /// Where the last token begins.
    private(set) var start = 0
    /// Where the last token ends.
    var position = 0

    init(format: ExpositionFormat) { self.format = format }

    /// The last token's range in the body.
    var token: Range<Int> { start..<position }

    /// Bodies in the text format end as if there were one more line break.
    private func limit(_ page: Span<UInt8>) -> Int { format == .text ? page.count + 1 : page.count }

    /// Returns the byte at `index`, or nil past the end.
    private func byte(_ index: Int, _ page: Span<UInt8>) -> UInt8? {
        if index < page.count { return page[index] }
        return index == page.count && format == .text ? UInt8(ascii: "\n") : nil
    }

    private func peek(_ page: Span<UInt8>) -> UInt8? { byte(position, page) }

    /// Returns the next token. In the text format, blanks between tokens are skipped.
    mutating func next(in page: Span<UInt8>) -> Token {
        // At the end, `start` stays at the last token, which messages about a missing token show.
        if position >= limit(page) { return .end }
        start = position
        if format == .text && skipBlanks(page) {
            // Blanks alone are not a text. Other texts keep the blanks before them.
            if state == .metadataText, let byte = peek(page), byte != UInt8(ascii: "\n") {
                position = start
            } else {
                start = position
                if position >= limit(page) { return .end }
            }
        }
        switch state {
        case .line: return lineStart(page)
        case .metadataName: return metadataName(page)
        case .metadataText: return metadataText(page)
        case .labels: return label(page, valueState: .labelValue, closedState: .value)
        case .exemplarLabels: return label(page, valueState: .exemplarLabelValue, closedState: .exemplarValue)
        case .labelValue: return quoted(page, as: .labelValue, then: .labels)
        case .exemplarLabelValue:
            if peek(page) == UInt8(ascii: " ") { return number(page, as: .value, then: .exemplarTimestamp) }
            return quoted(page, as: .labelValue, then: .exemplarLabels)
        case .value:
            if peek(page) == UInt8(ascii: "{") { return single(.braceOpen, then: .labels) }
            return number(page, as: .value, then: .timestamp)
        case .exemplarValue: return number(page, as: .value, then: .exemplarTimestamp)
        case .timestamp, .exemplarTimestamp: return lineRest(page)
        }
    }

    // MARK: Tokens

    private mutating func single(_ token: Token, then next: State) -> Token {
        position += 1
        state = next
        return token
    }

    private mutating func lineStart(_ page: Span<UInt8>) -> Token {
        switch peek(page) {
        case UInt8(ascii: "\n") where format == .text: return single(.lineBreak, then: .line)
        case UInt8(ascii: "#"): return hash(page)
        case UInt8(ascii: "{"): return single(.braceOpen, then: .labels)
        default:
            guard skipName(page, allowingColons: true) else { return .invalid }
            state = .value
            return .metricName
        }
    }

    /// Reads a line of metadata, a comment, or the end of an OpenMetrics body.
    private mutating func hash(_ page: Span<UInt8>) -> Token {
        position += 1
        guard format == .openMetrics else {
            if skipBlanks(page) {
                for (word, token) in [("HELP", Token.help), ("TYPE", .type)] as [(StaticString, Token)] {
                    let wordStart = position
                    if skip(word, page), skipBlanks(page) {
                        state = .metadataName
                        return token
                    }
                    position = wordStart
                }
            }
            while let byte = peek(page), byte != UInt8(ascii: "\n") { position += 1 }
            return .comment
        }
        guard skip(" ", page) else { return .invalid }
        let word: (text: StaticString, token: Token) =
            switch peek(page) {
            case UInt8(ascii: "H"): ("HELP ", .help)
            case UInt8(ascii: "T"): ("TYPE ", .type)
            case UInt8(ascii: "U"): ("UNIT ", .unit)
            default: ("EOF", .endWord)
            }
        guard skip(word.text, page) else { return .invalid }
        if word.token == .endWord { _ = skip("\n", page) } else { state = .metadataName }
        return word.token
    }

    private mutating func metadataName(_ page: Span<UInt8>) -> Token {
        if peek(page) == UInt8(ascii: "\"") {
            return quoted(page, as: .metricName, then: .metadataText, allowingLineBreaks: true, allowingZeros: false)
        }
        guard skipName(page, allowingColons: true) else { return .invalid }
        state = .metadataText
        return .metricName
    }

    /// Reads the rest of the line; in OpenMetrics, with the blank before it and the line break after it.
    private mutating func metadataText(_ page: Span<UInt8>) -> Token {
        if format == .openMetrics, !skip(" ", page) { return .invalid }
        while let byte = peek(page), byte != UInt8(ascii: "\n") { position += 1 }
        if format == .openMetrics, !skip("\n", page) { return .invalid }
        state = .line
        return .text
    }

    private mutating func label(_ page: Span<UInt8>, valueState: State, closedState: State) -> Token {
        switch peek(page) {
        case UInt8(ascii: "}"): return single(.braceClose, then: closedState)
        case UInt8(ascii: "="): return single(.equal, then: valueState)
        case UInt8(ascii: ","): return single(.comma, then: state)
        case UInt8(ascii: "\""):
            return quoted(
                page, as: .quotedName, then: state, allowingLineBreaks: state == .labels, allowingZeros: false)
        default: return skipName(page, allowingColons: false) ? .labelName : .invalid
        }
    }

    private mutating func quoted(_ page: Span<UInt8>, as token: Token, then next: State) -> Token {
        quoted(page, as: token, then: next, allowingLineBreaks: format == .text, allowingZeros: true)
    }

    private mutating func quoted(
        _ page: Span<UInt8>, as token: Token, then next: State, allowingLineBreaks: Bool, allowingZeros: Bool
    ) -> Token {
        guard skip("\"", page) else { return .invalid }
        while let byte = peek(page) {
            switch byte {
            case UInt8(ascii: "\""): return single(token, then: next)
            case UInt8(ascii: "\\"):
                position += 1
                guard let escaped = peek(page), escaped != UInt8(ascii: "\n") else { return .invalid }
                if escaped == 0 && !allowingZeros { return .invalid }
            case UInt8(ascii: "\n") where !allowingLineBreaks: return .invalid
            case 0 where !allowingZeros: return .invalid
            default: break
            }
            position += 1
        }
        return .invalid
    }

    /// Reads a value or, in OpenMetrics, a timestamp with the blank before it.
    private mutating func number(_ page: Span<UInt8>, as token: Token, then next: State) -> Token {
        if format == .openMetrics, !skip(" ", page) { return .invalid }
        let first = position
        while let byte = peek(page), byte != UInt8(ascii: " "), byte != UInt8(ascii: "\n"), byte != 0 {
            if format == .text, byte == UInt8(ascii: "{") || byte == UInt8(ascii: "\t") { break }
            position += 1
        }
        guard position > first else { return .invalid }
        state = next
        return token
    }

    /// Reads what follows a value: a timestamp, an exemplar or the line's end.
    private mutating func lineRest(_ page: Span<UInt8>) -> Token {
        if peek(page) == UInt8(ascii: "\n") { return single(.lineBreak, then: .line) }
        if format == .text {
            while let byte = peek(page), byte &- UInt8(ascii: "0") <= 9 { position += 1 }
            return position > start ? .timestamp : .invalid
        }
        if state == .timestamp, byte(position, page) == UInt8(ascii: " "),
            byte(position + 1, page) == UInt8(ascii: "#"),
            byte(position + 2, page) == UInt8(ascii: " ")
        {
            position += 3
            return peek(page) == UInt8(ascii: "{") ? single(.comment, then: .exemplarLabels) : .invalid
        }
        return number(page, as: .timestamp, then: state)
    }

    // MARK: Bytes

    private mutating func skipBlanks(_ page: Span<UInt8>) -> Bool {
        let first = position
        while let byte = peek(page), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
        return position > first
    }

    /// Skips as much of `word` as there is, and returns whether the whole word was there.
    private mutating func skip(_ word: StaticString, _ page: Span<UInt8>) -> Bool {
        let word = word.bytes
        for index in word.indices {
            guard let byte = peek(page), byte == word[index] else { return false }
            position += 1
        }
        return true
    }

    private mutating func skipName(_ page: Span<UInt8>, allowingColons: Bool) -> Bool {
        let first = position
        while let byte = peek(page) {
            let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
            let isDigit = byte &- UInt8(ascii: "0") <= 9 && position > first
            guard isLetter || isDigit || (allowingColons && byte == UInt8(ascii: ":")) else { break }
            position += 1
        }
        return position > first
    }
}
