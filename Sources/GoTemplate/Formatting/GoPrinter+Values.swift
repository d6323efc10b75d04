extension GoPrinter {
    /// How deep lists and maps within each other are printed.
    private static let depthLimit = 200

    /// Prints an argument of a format.
    mutating func printArgument(_ value: GoValue, _ verb: UInt32) {
        guard let type = value.type, type != .any else {
            let isPlain = verb == FormatVerb.v || verb == FormatVerb.T
            return isPlain ? pad("<nil>".utf8) : reportBadVerb(verb, .none)
        }
        switch verb {
        case FormatVerb.T: printString(Array(type.description.utf8), UInt32(UInt8(ascii: "s")))
        case FormatVerb.p: printPointer(value, verb)
        default: printValue(value, verb, depth: 0)
        }
    }

    /// `%!d(string=x)`: says that the verb does not fit the value.
    mutating func reportBadVerb(_ verb: UInt32, _ value: GoValue) {
        isReporting = true
        write("%!")
        write(UTF8Bytes.encode(verb))
        write("(")
        if let type = value.type, type != .any {
            write("\(type)=")
            printValue(value, FormatVerb.v, depth: 0)
        } else {
            write("<nil>")
        }
        write(")")
        isReporting = false
    }

    private mutating func printValue(_ value: GoValue, _ verb: UInt32, depth: Int) {
        guard !isFull, depth < Self.depthLimit else { return }
        if printsText(of: value, verb) { return }
        switch value.base {
        case .none: write("<nil>")
        case .null(let type): printNil(type, value, verb, depth)
        case .bool(let truth): printBool(truth, value, verb)
        case .integer(let number): printInteger(number, value, verb)
        case .float(let number): printFloat(number, value, verb)
        case .string(let text): printString(text.bytes, verb, value)
        case .list(let list): printList(list, value, verb, depth)
        case .map(let map): printMap(map, value, verb, depth)
        case .object(let object): printObject(object, value, verb, depth)
        case .error(let error): printObject(ErrorObject(error: error), value, verb, depth)
        case .function: printPointer(value, verb)
        case .named: break
        }
    }

    private mutating func printBool(_ truth: Bool, _ value: GoValue, _ verb: UInt32) {
        guard verb == FormatVerb.v || verb == UInt32(UInt8(ascii: "t")) else { return reportBadVerb(verb, value) }
        pad((truth ? "true" : "false").utf8)
    }

    private mutating func printNil(_ type: GoType, _ value: GoValue, _ verb: UInt32, _ depth: Int) {
        switch type.underlying {
        case .list where !flags.sharpV: write("[]")
        case .map where !flags.sharpV: write("map[]")
        case .list, .map: write("\(type)(nil)")
        case .any, .error, .value: write(flags.sharpV ? "\(type)(nil)" : "<nil>")
        default: printPointer(value, verb)
        }
    }

    private mutating func printList(_ list: GoList, _ value: GoValue, _ verb: UInt32, _ depth: Int) {
        if list.elementType == .integer(.uint8), "sqxX".unicodeScalars.contains(where: { $0.value == verb }) {
            let bytes = list.elements.map { UInt8(truncatingIfNeeded: $0.asInt ?? 0) }
            return printString(bytes, verb, value)
        }
        open(value, "[")
        for (index, element) in list.elements.enumerated() where !isFull {
            if index > 0 { separate() }
            printValue(element, verb, depth: depth + 1)
        }
        write(flags.sharpV ? "}" : "]")
    }

    private mutating func printMap(_ map: GoMap, _ value: GoValue, _ verb: UInt32, _ depth: Int) {
        open(value, "map[")
        for (index, entry) in map.entries.enumerated() where !isFull {
            if index > 0 { separate() }
            printValue(entry.key, verb, depth: depth + 1)
            write(":")
            printValue(entry.value, verb, depth: depth + 1)
        }
        write(flags.sharpV ? "}" : "]")
    }

    private mutating func printObject(_ object: any GoObject, _ value: GoValue, _ verb: UInt32, _ depth: Int) {
        guard object.isPointer else { return printStruct(object.fields, value, verb, depth) }
        guard depth == 0 else { return printPointer(value, verb) }
        if !isIndirect { write("&") }
        if flags.sharpV { write(object.typeName) }
        printFields(object.fields, verb, depth)
    }

    private mutating func printStruct(_ fields: [GoField], _ value: GoValue, _ verb: UInt32, _ depth: Int) {
        if flags.sharpV, let type = value.type { write(type.description) }
        printFields(fields, verb, depth)
    }

    private mutating func printFields(_ fields: [GoField], _ verb: UInt32, _ depth: Int) {
        write("{")
        for (index, field) in fields.enumerated() where !isFull {
            if index > 0 { separate() }
            if flags.plusV || flags.sharpV { write("\(field.name):") }
            printValue(field.value, verb, depth: depth + 1)
        }
        write("}")
    }

    /// Begins a list or a map.
    private mutating func open(_ value: GoValue, _ bracket: String) {
        write(flags.sharpV ? "\(value.type ?? .any){" : bracket)
    }

    private mutating func separate() { write(flags.sharpV ? ", " : " ") }
}

/// An error as the struct that it is in Go, for verbs that do not take its text.
private struct ErrorObject: GoObject {
    let error: GoError
    var typeName: String { "errors.errorString" }
    var isPointer: Bool { true }
    var fields: [GoField] { [GoField("s", .text(error.message))] }
}
