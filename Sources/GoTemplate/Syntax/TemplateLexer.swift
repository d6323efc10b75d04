/// Cuts a template into tokens, which the parser asks for one by one.
///
/// After an error there are only ends. Any bytes may come in; none trap.
struct TemplateLexer {
    let bytes: [UInt8]
    /// Whether `break` and `continue` are words of the language: not if the host has functions of these names.
    var hasBreak = true
    var hasContinue = true

    /// The next byte to be read.
    var position = 0
    /// Where the token being read begins, and its line.
    private(set) var start = 0
    private var startLine = 1
    /// The line of `position`.
    var line = 1
    var parenthesisDepth = 0
    private var isInAction = false
    private var hasFailed = false
    private var endLine = 1

    static let leftDelimiter = Array("{{".utf8)
    static let rightDelimiter = Array("}}".utf8)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next token.
    mutating func next() -> TemplateToken {
        if hasFailed { return TemplateToken(kind: .end, offset: 0, text: Array("EOF".utf8), line: endLine) }
        return isInAction ? lexInAction() : lexText()
    }

    // MARK: Tokens

    /// The token that ends here.
    mutating func token(_ kind: TemplateTokenKind) -> TemplateToken {
        let token = TemplateToken(kind: kind, offset: start, text: Array(bytes[start..<position]), line: startLine)
        start = position
        startLine = line
        return token
    }

    /// Steps over the text up to here, whose lines have not been counted.
    private mutating func skip() {
        line += bytes[start..<position].count { $0 == 0x0A }
        start = position
        startLine = line
    }

    mutating func failure(_ message: String) -> TemplateToken {
        hasFailed = true
        endLine = startLine
        return TemplateToken(kind: .error, offset: start, text: Array(message.utf8), line: startLine)
    }

    // MARK: Characters

    /// Reads a character; nil at the end.
    mutating func advance() -> UInt32? {
        guard position < bytes.count else { return nil }
        let (value, length) = UTF8Bytes.decode(bytes, at: position)
        position += length
        if value == 0x0A { line += 1 }
        return value
    }

    /// The next character; nil at the end.
    var peek: UInt32? { position < bytes.count ? UTF8Bytes.decode(bytes, at: position).value : nil }

    /// Whether the bytes come next, `offset` bytes further on.
    func comesNext(_ wanted: [UInt8], after offset: Int = 0) -> Bool {
        bytes.dropFirst(position + offset).starts(with: wanted)
    }

    static func isSpace(_ value: UInt32) -> Bool { value == 0x20 || (0x09...0x0A).contains(value) || value == 0x0D }

    func isSpace(at index: Int) -> Bool { index < bytes.count && Self.isSpace(UInt32(bytes[index])) }

    // MARK: Text

    private mutating func lexText() -> TemplateToken {
        while true {
            if let text = lexPlainText() { return text }
            guard comesNext(Self.leftDelimiter) else { return token(.end) }
            if let delimiter = lexLeftDelimiter() { return delimiter }
        }
    }

    /// The text before the next action, without what a trim marker removes; nil if nothing is left.
    private mutating func lexPlainText() -> TemplateToken? {
        let end = Self.find(Self.leftDelimiter, in: bytes, from: position)
        position = end ?? bytes.count
        guard position > start else { return nil }
        let isTrimmed = end.map { hasLeftTrimMarker(at: $0 + 2) } ?? false
        if isTrimmed { while position > start, isSpace(at: position - 1) { position -= 1 } }
        line += bytes[start..<position].count { $0 == 0x0A }
        let text = token(.text)
        position = end ?? bytes.count
        skip()
        return text.text.isEmpty ? nil : text
    }

    /// `{{`, with its trim marker; nil for a comment, which is stepped over.
    private mutating func lexLeftDelimiter() -> TemplateToken? {
        position += Self.leftDelimiter.count
        let marker = hasLeftTrimMarker(at: position) ? 2 : 0
        if comesNext(Array("/*".utf8), after: marker) {
            position += marker
            skip()
            return lexComment()
        }
        let delimiter = token(.leftDelimiter)
        isInAction = true
        position += marker
        skip()
        parenthesisDepth = 0
        return delimiter
    }

    private mutating func lexComment() -> TemplateToken? {
        guard let end = Self.find(Array("*/".utf8), in: bytes, from: position + 2) else {
            return failure("unclosed comment")
        }
        position = end + 2
        guard let delimiter = rightDelimiterLength else { return failure("comment ends before closing delimiter") }
        position += delimiter
        if delimiter > 2 { while isSpace(at: position) { position += 1 } }
        skip()
        return nil
    }

    /// Where `wanted` begins, at `index` or later.
    private static func find(_ wanted: [UInt8], in bytes: [UInt8], from index: Int) -> Int? {
        guard bytes.count >= index + 2 else { return nil }
        return (index...(bytes.count - 2)).first { bytes[$0] == wanted[0] && bytes[$0 + 1] == wanted[1] }
    }

    // MARK: Delimiters

    private func hasLeftTrimMarker(at index: Int) -> Bool {
        index < bytes.count && bytes[index] == UInt8(ascii: "-") && isSpace(at: index + 1)
    }

    /// The length of `}}`, or of ` -}}`, if it comes next.
    var rightDelimiterLength: Int? {
        if isSpace(at: position), comesNext(Array("-}}".utf8), after: 1) { return 4 }
        return comesNext(Self.rightDelimiter) ? 2 : nil
    }

    /// The right delimiter, which comes next and is `length` long.
    mutating func lexRightDelimiter(_ length: Int) -> TemplateToken {
        if length > 2 {
            position += length - 2
            skip()
        }
        position += Self.rightDelimiter.count
        let delimiter = token(.rightDelimiter)
        if length > 2 {
            while isSpace(at: position) { position += 1 }
            skip()
        }
        isInAction = false
        return delimiter
    }
}
