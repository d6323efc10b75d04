/// The parts of a template's text: what is written as it is, and actions.
enum TemplateSegment: Hashable {
    case text(String)
    /// An action without its delimiters and trimming marks, and whether it had those.
    case action(String, trimsBefore: Bool, trimsAfter: Bool)

    /// The words with which actions begin that are not written.
    enum Keyword: String {
        case define, block, template, `if`, with, range, `else`, end, `break`, `continue`
    }

    /// A part, and where it is: in which of several texts, and at which bytes.
    struct Placed {
        let segment: TemplateSegment
        let source: Int
        let range: Range<Int>
        /// Where the text of an action begins, after delimiters and blanks.
        let innerOffset: Int
    }

    /// Takes a text apart, which is that of the number `source`. Returns nil if an action does not end: parsing the
    /// text gives the error.
    static func split(_ text: String, source: Int = 0) -> [Placed]? {
        var segments: [Placed] = [], rest = Array(text.utf8)[...]
        func add(_ segment: TemplateSegment, _ range: Range<Int>, inner: Int) {
            segments.append(Placed(segment: segment, source: source, range: range, innerOffset: inner))
        }
        func addText(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            add(.text(String(decoding: rest[range], as: UTF8.self)), range, inner: range.lowerBound)
        }
        while let start = rest.firstRange(of: Array("{{".utf8)) {
            addText(rest.startIndex..<start.lowerBound)
            guard let end = endOfAction(rest[start.upperBound...]) else { return nil }
            let bytes = rest[start.upperBound..<end], action = Self.action(bytes)
            add(action, start.lowerBound..<end + 2, inner: inner(of: bytes, action))
            rest = rest[(end + 2)...]
        }
        addText(rest.startIndex..<rest.endIndex)
        return segments
    }

    /// Where the text of an action begins.
    private static func inner(of bytes: ArraySlice<UInt8>, _ action: TemplateSegment) -> Int {
        var rest = bytes
        if case .action(_, trimsBefore: true, _) = action { rest = rest.dropFirst() }
        return rest.firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? rest.endIndex
    }

    /// Where the closing delimiter is that is neither in a literal nor in a comment.
    private static func endOfAction(_ bytes: ArraySlice<UInt8>) -> Int? {
        let head = bytes.starts(with: "- ".utf8) ? bytes.dropFirst(2) : bytes
        if head.starts(with: "/*".utf8) {
            guard let comment = head.firstRange(of: Array("*/".utf8)) else { return nil }
            return bytes[comment.upperBound...].firstRange(of: Array("}}".utf8))?.lowerBound
        }
        var index = bytes.startIndex, quote: UInt8?
        while index < bytes.endIndex {
            let byte = bytes[index]
            if let open = quote {
                if byte == UInt8(ascii: "\\"), open != UInt8(ascii: "`") {
                    index += 1
                } else if byte == open {
                    quote = nil
                }
            } else if [UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'")].contains(byte) {
                quote = byte
            } else if bytes[index...].starts(with: "}}".utf8) {
                return index
            }
            index += 1
        }
        return nil
    }

    private static func action(_ bytes: ArraySlice<UInt8>) -> TemplateSegment {
        var inner = String(decoding: bytes, as: UTF8.self)[...]
        let trimsBefore = inner.hasPrefix("-") && (inner.dropFirst().first?.isWhitespace ?? false)
        if trimsBefore { inner = inner.dropFirst() }
        let trimsAfter = inner.hasSuffix("-") && (inner.dropLast().last?.isWhitespace ?? false)
        if trimsAfter { inner = inner.dropLast() }
        let text = inner.trimmingPrefix { $0.isWhitespace }
        return .action(String(text), trimsBefore: trimsBefore, trimsAfter: trimsAfter)
    }

    /// The text of the segment.
    var source: String {
        switch self {
        case .text(let text): text
        case .action(let text, let before, let after): "{{" + (before ? "- " : "") + text + (after ? " -" : "") + "}}"
        }
    }

    /// The keyword of an action; nil if it has none.
    var keyword: Keyword? {
        guard case .action(let text, _, _) = self else { return nil }
        return Keyword(rawValue: String(text.prefix { $0.isLetter }))
    }
}
