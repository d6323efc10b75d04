extension GoPrinter {
    /// Go's `Sprintf`. What is wrong with the format is said in the output: `%!d(string=x)`.
    mutating func printf(_ format: [UInt8], _ arguments: [GoValue]) {
        var reader = FormatReader(format)
        while !reader.isAtEnd, !isFull {
            let text = format[reader.index...].prefix { $0 != UInt8(ascii: "%") }
            write(text)
            reader.index = text.endIndex
            guard !reader.isAtEnd else { break }
            reader.index += 1
            printVerb(&reader, arguments)
        }
        if !reader.isReordered, reader.argument < arguments.count { reportExtra(arguments[reader.argument...]) }
    }

    private mutating func printVerb(_ reader: inout FormatReader, _ arguments: [GoValue]) {
        flags = FormatFlags()
        reader.isGood = true
        readFlags(&reader)
        reader.argumentIndex(of: arguments.count)
        readWidth(&reader, arguments)
        readPrecision(&reader, arguments)
        if !reader.isAfterIndex { reader.argumentIndex(of: arguments.count) }
        guard !reader.isAtEnd else { return write("%!(NOVERB)") }
        let (verb, length) = UTF8Bytes.decode(reader.bytes, at: reader.index)
        reader.index += length
        printOperand(verb, &reader, arguments)
    }

    private mutating func printOperand(_ verb: UInt32, _ reader: inout FormatReader, _ arguments: [GoValue]) {
        if verb == UInt32(UInt8(ascii: "%")) { return write("%") }
        guard reader.isGood else { return report(verb, "(BADINDEX)") }
        guard reader.argument < arguments.count else { return report(verb, "(MISSING)") }
        if verb == FormatVerb.v || verb == FormatVerb.w { flags.becomeValueFlags() }
        printArgument(arguments[reader.argument], verb)
        reader.argument += 1
    }

    private mutating func readFlags(_ reader: inout FormatReader) {
        while let byte = reader.peek {
            switch byte {
            case UInt8(ascii: "#"): flags.sharp = true
            case UInt8(ascii: "0"): flags.zero = true
            case UInt8(ascii: "+"): flags.plus = true
            case UInt8(ascii: "-"): flags.minus = true
            case UInt8(ascii: " "): flags.space = true
            default: return
            }
            reader.index += 1
        }
    }

    private mutating func readWidth(_ reader: inout FormatReader, _ arguments: [GoValue]) {
        guard reader.peek == UInt8(ascii: "*") else {
            flags.width = reader.number()
            if reader.isAfterIndex, flags.width != nil { reader.isGood = false }
            return
        }
        reader.index += 1
        flags.width = Self.number(&reader, arguments)
        reader.isAfterIndex = false
        guard let width = flags.width else { return write("%!(BADWIDTH)") }
        guard width < 0 else { return }
        flags.width = -width
        flags.minus = true
        flags.zero = false
    }

    private mutating func readPrecision(_ reader: inout FormatReader, _ arguments: [GoValue]) {
        guard reader.index + 1 < reader.bytes.count, reader.peek == UInt8(ascii: ".") else { return }
        reader.index += 1
        if reader.isAfterIndex { reader.isGood = false }
        reader.argumentIndex(of: arguments.count)
        guard reader.peek == UInt8(ascii: "*") else {
            flags.precision = reader.number() ?? 0
            return
        }
        reader.index += 1
        flags.precision = Self.number(&reader, arguments).flatMap { $0 < 0 ? nil : $0 }
        if flags.precision == nil { write("%!(BADPREC)") }
        reader.isAfterIndex = false
    }

    /// The next argument as a width or a precision.
    private static func number(_ reader: inout FormatReader, _ arguments: [GoValue]) -> Int? {
        guard reader.argument < arguments.count else { return nil }
        let value = arguments[reader.argument].asInt
        reader.argument += 1
        return value.flatMap { FormatReader.isTooLarge($0) ? nil : $0 }
    }

    private mutating func report(_ verb: UInt32, _ problem: String) {
        write("%!")
        write(UTF8Bytes.encode(verb))
        write(problem)
    }

    private mutating func reportExtra(_ values: ArraySlice<GoValue>) {
        flags = FormatFlags()
        write("%!(EXTRA ")
        for (index, value) in values.enumerated() {
            if index > 0 { write(", ") }
            guard let type = value.type, type != .any else {
                write("<nil>")
                continue
            }
            write("\(type)=")
            printArgument(value, FormatVerb.v)
        }
        write(")")
    }
}
