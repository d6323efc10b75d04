extension GoPrinter {
    mutating func printFloat(_ number: Double, _ value: GoValue, _ verb: UInt32) {
        switch Unicode.Scalar(verb) {
        case "v": printFloat(number, UInt8(ascii: "g"), verb: FormatVerb.v, precision: nil)
        case "b", "g", "G", "x", "X": printFloat(number, UInt8(verb), verb: verb, precision: nil)
        case "f", "e", "E": printFloat(number, UInt8(verb), verb: verb, precision: 6)
        case "F": printFloat(number, UInt8(ascii: "f"), verb: UInt32(UInt8(ascii: "f")), precision: 6)
        default: reportBadVerb(verb, value)
        }
    }

    private mutating func printFloat(_ number: Double, _ form: UInt8, verb: UInt32, precision: Int?) {
        let precision = flags.precision ?? precision
        guard (precision ?? 0) <= room else { return fill() }
        var text = FloatText.format(number, form, precision: precision)
        let sign = text[0] == 0x2D || text[0] == 0x2B ? text.removeFirst() : 0x2B
        let shownSign = sign == 0x2B && flags.space && !flags.plus ? 0x20 : sign
        guard number.isFinite else { return printSpecial(text, shownSign, isNaN: number.isNaN) }
        if flags.sharp, form != UInt8(ascii: "b") { FloatPoint.restore(&text, form, precision) }
        guard flags.plus || shownSign != 0x2B else { return pad(text) }
        guard flags.padding == 0x30, let width = flags.width, width > text.count + 1 else {
            return pad([shownSign] + text)
        }
        write([shownSign])
        writePadding(width - text.count - 1)
        write(text)
    }

    /// Infinities have a sign at all times, NaN only if one is asked for; neither is filled up with zeros.
    private mutating func printSpecial(_ text: [UInt8], _ sign: UInt8, isNaN: Bool) {
        let hasSign = !isNaN || flags.space || flags.plus
        padWithBlanks(hasSign ? [sign] + text : text)
    }
}

/// What `#` adds to a number: its point, and for `g` the zeros at the end.
private enum FloatPoint {
    static func restore(_ text: inout [UInt8], _ form: UInt8, _ precision: Int?) {
        let isHexadecimal = form == UInt8(ascii: "x") || form == UInt8(ascii: "X")
        let end = text.firstIndex { isExponent($0, isHexadecimal) } ?? text.endIndex
        let tail = text[end...]
        var number = Array(text[..<end])
        var missing = digitCount(form, precision)
        let digits = number.filter { $0 != 0x2E }
        missing -= digits.drop { $0 == 0x30 }.count
        if !number.contains(0x2E) {
            if number == [0x30] { missing -= 1 }
            number.append(0x2E)
        }
        text = number + [UInt8](repeating: 0x30, count: max(0, missing)) + tail
    }

    private static func digitCount(_ form: UInt8, _ precision: Int?) -> Int {
        switch Character(Unicode.Scalar(form)) {
        case "g", "G", "x": precision ?? 6
        default: 0
        }
    }

    private static func isExponent(_ byte: UInt8, _ isHexadecimal: Bool) -> Bool {
        let letters = isHexadecimal ? [UInt8(ascii: "p"), UInt8(ascii: "P")] : [UInt8(ascii: "e"), UInt8(ascii: "E")]
        return letters.contains(byte)
    }
}
