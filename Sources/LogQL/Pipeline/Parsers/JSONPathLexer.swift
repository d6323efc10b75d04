/// Takes an expression of `| json` apart.
struct JSONPathLexer {
    enum Token: Hashable {
        case field([UInt8]), string([UInt8]), index(Int), dot, open, close, end

        /// As messages show it.
        var name: String {
            switch self {
            case .field: "FIELD"
            case .string: "STRING"
            case .index: "INDEX"
            case .dot: "DOT"
            case .open: "LSB"
            case .close: "RSB"
            case .end: "$end"
            }
        }
    }

    private let text: [UInt8]
    private var index = 0

    init(_ text: [UInt8]) { self.text = text }

    /// The next token; what is not one is taken as the end.
    mutating func next() -> Token {
        while index < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[index]) { index += 1 }
        guard index < text.count else { return .end }
        let byte = text[index]
        switch byte {
        case UInt8(ascii: "."): return single(.dot)
        case UInt8(ascii: "["): return single(.open)
        case UInt8(ascii: "]"): return single(.close)
        case UInt8(ascii: "\""): return string()
        case _ where LabelNameText.isDigit(byte):
            let digits = text[index...].prefix(while: LabelNameText.isDigit)
            index += digits.count
            return Int(String(decoding: digits, as: UTF8.self)).map { .index($0) } ?? .end
        case _ where LabelNameText.isNameByte(byte):
            let name = text[index...].prefix(while: LabelNameText.isNameByte)
            index += name.count
            return .field(Array(name))
        default: return .end
        }
    }

    private mutating func single(_ token: Token) -> Token {
        index += 1
        return token
    }

    /// A text in quotes, with escape sequences as in JSON.
    private mutating func string() -> Token {
        guard let end = JSONScan.stringEnd(text.span, at: index + 1) else { return .end }
        var result: [UInt8] = []
        guard JSONEscapes.unescape(text.span.extracting((index + 1)..<end.quote), to: &result) else { return .end }
        index = end.quote + 1
        return .string(result)
    }
}
