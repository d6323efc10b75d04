extension GoPrinter {
    /// Prints a text; `value` is what a bad verb reports.
    mutating func printString(_ bytes: [UInt8], _ verb: UInt32, _ value: GoValue? = nil) {
        switch Unicode.Scalar(verb) {
        case "v" where flags.sharpV: printQuoted(bytes)
        case "v", "s": pad(truncated(bytes))
        case "x": printHexadecimal(bytes, "0x", "0123456789abcdef")
        case "X": printHexadecimal(bytes, "0X", "0123456789ABCDEF")
        case "q": printQuoted(bytes)
        default: reportBadVerb(verb, value ?? .string(GoString(bytes: bytes)))
        }
    }

    /// The characters that the precision allows.
    private func truncated(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        flags.precision.map { UTF8Bytes.prefix(bytes, $0) } ?? bytes[...]
    }

    private mutating func printQuoted(_ bytes: [UInt8]) {
        let text = Array(truncated(bytes))
        guard text.count <= room else { return fill() }
        if flags.sharp, GoQuoting.canBackquote(text) {
            pad([0x60] + text + [0x60])
        } else {
            pad(GoQuoting.quoted(text, asciiOnly: flags.plus))
        }
    }

    /// The precision counts bytes. A blank separates them, and `#` puts `0x` before all or, with blanks, before each.
    private mutating func printHexadecimal(_ bytes: [UInt8], _ prefix: String, _ digits: StaticString) {
        let shown = bytes.prefix(flags.precision ?? bytes.count)
        guard shown.count <= room else { return fill() }
        let letters = Array(digits.description.utf8)
        var text: [UInt8] = []
        for (index, byte) in shown.enumerated() {
            if flags.space, index > 0 { text.append(0x20) }
            if flags.sharp, flags.space || index == 0 { text += prefix.utf8 }
            text += [letters[Int(byte >> 4)], letters[Int(byte & 15)]]
        }
        pad(text)
    }
}
