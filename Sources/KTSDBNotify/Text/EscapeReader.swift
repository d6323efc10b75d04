/// Returns the text in a Go string literal with double quotes; nil if it is malformed or not UTF-8.
func goUnquoted(_ literal: some StringProtocol) -> String? {
    var reader = EscapeReader(Array(literal.utf8))
    return reader.read()
}

/// Reads the inside of a string literal.
private struct EscapeReader {
    private let bytes: [UInt8]
    private var position = 1
    private var result: [UInt8] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() -> String? {
        let quote = UInt8(ascii: "\"")
        guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return nil }
        while position < bytes.count - 1 {
            let byte = bytes[position]
            position += 1
            if byte == quote || byte == UInt8(ascii: "\n") { return nil }
            if byte != UInt8(ascii: "\\") {
                result.append(byte)
            } else if !escape() {
                return nil
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private mutating func escape() -> Bool {
        guard position < bytes.count - 1 else { return false }
        let code = bytes[position]
        position += 1
        switch code {
        case UInt8(ascii: "x"): return number(digits: 2, radix: 16).map { appendByte($0) } ?? false
        case UInt8(ascii: "u"): return number(digits: 4, radix: 16).map { appendScalar($0) } ?? false
        case UInt8(ascii: "U"): return number(digits: 8, radix: 16).map { appendScalar($0) } ?? false
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            position -= 1
            return number(digits: 3, radix: 8).map { appendByte($0) } ?? false
        default:
            guard let byte = Self.simple[code] else { return false }
            result.append(byte)
            return true
        }
    }

    private static let simple: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "\""): UInt8(ascii: "\""),
    ]

    private mutating func number(digits: Int, radix: Int) -> UInt32? {
        guard position + digits <= bytes.count - 1 else { return nil }
        let text = bytes[position..<(position + digits)]
        guard text.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        position += digits
        return UInt32(String(decoding: text, as: UTF8.self), radix: radix)
    }

    private mutating func appendByte(_ value: UInt32) -> Bool {
        guard let byte = UInt8(exactly: value) else { return false }
        result.append(byte)
        return true
    }

    private mutating func appendScalar(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        result.append(contentsOf: UTF8.encode(scalar)!)
        return true
    }
}
