extension GoPrinter {
    /// Prints the text that the value has for itself, if it has one and the verb takes it; returns whether it did.
    mutating func printsText(of value: GoValue, _ verb: UInt32) -> Bool {
        guard !isReporting, let own = OwnText(value) else { return false }
        if verb == FormatVerb.w {
            reportBadVerb(verb, value)
            return true
        }
        if flags.sharpV {
            guard let syntax = own.syntax else { return false }
            printString(syntax.bytes, UInt32(UInt8(ascii: "s")))
            return true
        }
        guard FormatVerb.takesText(verb) else { return false }
        do {
            guard let text = try own.text() else { return false }
            printString(text.bytes, verb)
        } catch {
            reportPanic(verb, own.method, "\(error)")
        }
        return true
    }

    /// `%!v(PANIC=String method: …)`
    private mutating func reportPanic(_ verb: UInt32, _ method: String, _ message: String) {
        let old = flags
        flags = FormatFlags()
        write("%!")
        write(UTF8Bytes.encode(verb))
        write("(PANIC=\(method) method: \(message))")
        flags = old
    }
}

/// The methods of a value that printing calls.
private struct OwnText {
    /// `String` or `Error`.
    var method = "String"
    var syntax: GoString?
    var text: () throws -> GoString?

    /// Nil for values of the simple types, which have no methods.
    init?(_ value: GoValue) {
        switch value {
        case .named(let type, let value):
            method = type.isError ? "Error" : "String"
            text = { try type.text?(value) }
        case .object(let object):
            syntax = object.goSyntax
            text = { try object.text() }
        case .error(let error):
            method = "Error"
            text = { GoString(error.message) }
        case .list, .map, .function, .null: text = { nil }
        case .none, .bool, .integer, .float, .string: return nil
        }
    }
}
