extension GoPrinter {
    mutating func printInteger(_ number: GoInteger, _ value: GoValue, _ verb: UInt32) {
        switch Unicode.Scalar(verb) {
        case "v" where flags.sharpV && !number.kind.isSigned:
            let sharp = flags.sharp
            flags.sharp = true
            printNumber(number, base: 16)
            flags.sharp = sharp
        case "v", "d": printNumber(number, base: 10)
        case "b": printNumber(number, base: 2)
        case "o": printNumber(number, base: 8)
        case "O": printNumber(number, base: 8, hasLetter: true)
        case "x": printNumber(number, base: 16)
        case "X": printNumber(number, base: 16, isUpper: true)
        case "c": pad(UTF8Bytes.encode(Self.character(number)))
        case "q": pad(GoQuoting.quoted(character: Self.character(number), asciiOnly: flags.plus))
        case "U": printCodePoint(number)
        default: reportBadVerb(verb, value)
        }
    }

    /// The address of a pointer, a function, a list or a map. Addresses are made up: they are all the same.
    mutating func printPointer(_ value: GoValue, _ verb: UInt32) {
        guard value.isPointerLike else { return reportBadVerb(verb, value) }
        let address = GoInteger(bits: value.isNil ? 0 : 0xC0_0001_2000, kind: .uintptr)
        switch Unicode.Scalar(verb) {
        case "v" where flags.sharpV:
            write("(\(value.type ?? .any))(")
            if value.isNil { write("nil") } else { printAddress(address, hasPrefix: true) }
            write(")")
        case "v" where value.isNil: pad("<nil>".utf8)
        case "v", "p": printAddress(address, hasPrefix: !flags.sharp)
        case "b", "o", "d", "x", "X": printInteger(address, value, verb)
        default: reportBadVerb(verb, value)
        }
    }

    private mutating func printAddress(_ address: GoInteger, hasPrefix: Bool) {
        let sharp = flags.sharp
        flags.sharp = hasPrefix
        printNumber(address, base: 16)
        flags.sharp = sharp
    }

    private static func character(_ number: GoInteger) -> UInt32 {
        number.bits > 0x10FFFF ? UTF8Bytes.replacement : UInt32(number.bits)
    }

    private mutating func printNumber(_ number: GoInteger, base: Int, isUpper: Bool = false, hasLetter: Bool = false) {
        let magnitude = number.isNegative ? 0 &- number.bits : number.bits
        if flags.precision == 0, magnitude == 0 { return padWithBlanks([]) }
        let digits = String(magnitude, radix: base, uppercase: isUpper)
        let sign = number.isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : ""
        let zeros = max(0, digitCount(hasSign: !sign.isEmpty) - digits.utf8.count)
        let startsWithZero = zeros > 0 || digits.utf8.first == 0x30
        let prefix = (hasLetter ? "0o" : "") + prefix(base, isUpper, startsWithZero)
        var text = Array((sign + prefix).utf8)
        text += [UInt8](repeating: 0x30, count: zeros)
        text += digits.utf8
        padWithBlanks(text)
    }

    /// How many digits are asked for, by a precision or by zeros that fill up the width.
    private func digitCount(hasSign: Bool) -> Int {
        if let precision = flags.precision { return precision }
        guard flags.zero, !flags.minus, let width = flags.width else { return 0 }
        return hasSign ? width - 1 : width
    }

    private func prefix(_ base: Int, _ isUpper: Bool, _ startsWithZero: Bool) -> String {
        guard flags.sharp else { return "" }
        switch base {
        case 2: return "0b"
        case 8: return startsWithZero ? "" : "0"
        case 16: return isUpper ? "0X" : "0x"
        default: return ""
        }
    }

    /// `U+0041`, with `#` and the character after it.
    private mutating func printCodePoint(_ number: GoInteger) {
        let digits = String(number.bits, radix: 16, uppercase: true)
        let zeros = max(4, flags.precision ?? 0) - digits.utf8.count
        var text = Array("U+".utf8) + [UInt8](repeating: 0x30, count: max(0, zeros)) + Array(digits.utf8)
        if flags.sharp, number.bits <= 0x10FFFF, CharacterClass.isPrintable(UInt32(number.bits)) {
            text += Array(" '".utf8) + UTF8Bytes.encode(UInt32(number.bits)) + [0x27]
        }
        padWithBlanks(text)
    }
}

extension GoValue {
    /// Whether `%p` takes the value.
    fileprivate var isPointerLike: Bool {
        switch base {
        case .null(let type): type.canBeNil && type != .any
        case .list, .map, .function, .error: true
        case .object(let object): object.isPointer
        case .none, .bool, .integer, .float, .string, .named: false
        }
    }
}
