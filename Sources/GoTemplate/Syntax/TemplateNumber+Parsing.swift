extension TemplateNumber {
    /// Reads a token; the error's text is Go's.
    static func parse(_ token: TemplateToken) throws(GoError) -> TemplateNumber {
        switch token.kind {
        case .characterConstant: try character(token)
        case .complexNumber: throw GoError("complex constants are not supported: \(GoQuoting.quoted(token.string))")
        default: try number(token.string)
        }
    }

    private static func character(_ token: TemplateToken) throws(GoError) -> TemplateNumber {
        switch GoUnquoting.unquoteCharacter(token.text) {
        case .value(let value):
            TemplateNumber(
                text: token.string, signed: Int64(value), unsigned: UInt64(value), float: Double(value))
        case .invalid: throw GoError("invalid syntax")
        case .malformed: throw GoError("malformed character constant: \(token.string)")
        }
    }

    private static func number(_ text: String) throws(GoError) -> TemplateNumber {
        if text.hasSuffix("i"), GoNumberText.float(String(text.dropLast())) != nil {
            throw GoError("complex constants are not supported: \(GoQuoting.quoted(text))")
        }
        if let integer = GoNumberText.integer(text), let number = integers(text, integer) { return number }
        guard let float = GoNumberText.float(text) else {
            throw GoError("illegal number syntax: \(GoQuoting.quoted(text))")
        }
        guard text.contains(where: { ".eEpP".contains($0) }) else {
            throw GoError("integer overflow: \(GoQuoting.quoted(text))")
        }
        return TemplateNumber(
            text: text, signed: Int64(exactly: float), unsigned: UInt64(exactly: float), float: float)
    }

    /// Only a number without a sign is unsigned, and zero.
    private static func integers(_ text: String, _ integer: (magnitude: UInt64, sign: Character?)) -> TemplateNumber? {
        let (magnitude, sign) = integer
        let signed = sign == "-" ? negative(magnitude) : Int64(exactly: magnitude)
        let unsigned = sign == nil || magnitude == 0 ? magnitude : nil
        guard signed != nil || unsigned != nil else { return nil }
        let float = signed.map { Double($0) } ?? Double(magnitude)
        return TemplateNumber(text: text, signed: signed, unsigned: unsigned, float: float)
    }

    private static func negative(_ magnitude: UInt64) -> Int64? {
        magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil
    }
}
