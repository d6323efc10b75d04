/// The parts of a template's text: what is written as it is, and actions.
enum TemplateSegment: Hashable {
    case text(String)
    /// An action without its delimiters and trimming marks, and whether it had those.
    case action(String, trimsBefore: Bool, trimsAfter: Bool)

    /// The words with which actions begin that are not written.
    enum Keyword: String {
        case define, block, template, `if`, with, range, `else`, end, `break`, `continue`
    }

    /// Takes a text apart. Returns nil if an action does not end: parsing the text gives the error.
    static func split(_ text: String) -> [TemplateSegment]? {
        var segments: [TemplateSegment] = [], rest = Array(text.utf8)[...]
        while let start = rest.firstRange(of: Array("{{".utf8)) {
            if start.lowerBound > rest.startIndex {
                segments.append(.text(String(decoding: rest[..<start.lowerBound], as: UTF8.self)))
            }
            guard let end = endOfAction(rest[start.upperBound...]) else { return nil }
            segments.append(action(rest[start.upperBound..<end]))
            rest = rest[(end + 2)...]
        }
        if !rest.isEmpty { segments.append(.text(String(decoding: rest, as: UTF8.self))) }
        return segments
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
