internal import GoTemplate
internal import KTSDBModel

/// Functions of templates on texts.
enum TextFunctions {
    static let table: TemplateFunctions = letters.merging(searching).merging(cutting).merging(padding).merging(coding)

    // MARK: Kinds of functions

    private static func bytes(_ value: GoValue) -> [UInt8] { value.asString?.bytes ?? [] }

    private static func text(_ bytes: some Sequence<UInt8>) -> GoValue { .string(GoString(bytes: bytes)) }

    private static func mapping(_ body: @escaping @Sendable ([UInt8]) -> [UInt8]) -> GoFunction {
        GoFunction([.string], returns: .string) { text(body(bytes($0[0]))) }
    }

    private static func pair(_ body: @escaping @Sendable ([UInt8], [UInt8]) -> ArraySlice<UInt8>) -> GoFunction {
        GoFunction([.string, .string], returns: .string) { text(body(bytes($0[0]), bytes($0[1]))) }
    }

    private static func test(_ body: @escaping @Sendable ([UInt8], [UInt8]) -> Bool) -> GoFunction {
        GoFunction([.string, .string], returns: .bool) { .bool(body(bytes($0[0]), bytes($0[1]))) }
    }

    // MARK: Letters

    private static let letters: TemplateFunctions = [
        "lower": mapping { cased($0, TemplateCase.lower) }, "ToLower": mapping { cased($0, TemplateCase.lower) },
        "upper": mapping { cased($0, TemplateCase.upper) }, "ToUpper": mapping { cased($0, TemplateCase.upper) },
        "title": mapping { cased($0, TemplateCase.title) },
    ]

    private static func cased(_ text: [UInt8], _ body: (String) -> String) -> [UInt8] {
        Array(body(String(decoding: text, as: UTF8.self)).utf8)
    }

    // MARK: Searching

    private static let searching: TemplateFunctions = [
        "contains": test { part, text in LiteralSearch(part).first(in: text.span) != nil },
        "hasPrefix": test { part, text in text.starts(with: part) },
        "hasSuffix": test { part, text in text.suffix(part.count).elementsEqual(part) },
        "replace": GoFunction([.string, .string, .string], returns: .string) {
            text(try replacing(bytes($0[0]), with: bytes($0[1]), in: bytes($0[2]), limit: nil))
        },
        "Replace": GoFunction([.string, .string, .string, .int], returns: .string) { arguments in
            let limit = arguments[3].asInt ?? -1
            let (old, new) = (bytes(arguments[1]), bytes(arguments[2]))
            return text(try replacing(old, with: new, in: bytes(arguments[0]), limit: limit < 0 ? nil : limit))
        },
    ]

    /// Replaces what is found first. The empty text is found before each character and at the end.
    private static func replacing(
        _ old: [UInt8], with new: [UInt8], in text: [UInt8], limit: Int?
    ) throws -> [UInt8] {
        let search = LiteralSearch(old)
        var result: [UInt8] = []
        var start = 0, place = 0, count = 0
        while limit.map({ count < $0 }) ?? true, place <= text.count,
            let found = search.first(in: text.span, from: place)
        {
            result += text[start..<found] + new
            try checkLength(result.count)
            start = found + old.count
            place = old.isEmpty ? found + characterLength(text, found) : start
            count += 1
        }
        return result + text[start...]
    }

    private static func characterLength(_ text: [UInt8], _ index: Int) -> Int {
        index < text.count ? max(1, UTF8Text.scalarLength(in: text.span, at: index)) : 1
    }

    // MARK: Cutting

    private static let cutting: TemplateFunctions = [
        "trim": mapping { Array(trimmed($0)) }, "TrimSpace": mapping { Array(trimmed($0)) },
        "trimAll": pair { set, text in trimmed(text, of: set, atStart: true, atEnd: true) },
        "Trim": pair { text, set in trimmed(text, of: set, atStart: true, atEnd: true) },
        "TrimLeft": pair { text, set in trimmed(text, of: set, atStart: true, atEnd: false) },
        "TrimRight": pair { text, set in trimmed(text, of: set, atStart: false, atEnd: true) },
        "trimPrefix": pair { part, text in withoutPrefix(part, text) },
        "TrimPrefix": pair { text, part in withoutPrefix(part, text) },
        "trimSuffix": pair { part, text in withoutSuffix(part, text) },
        "TrimSuffix": pair { text, part in withoutSuffix(part, text) },
        "trunc": GoFunction([.int, .string], returns: .string) { arguments in
            let count = arguments[0].asInt ?? 0, source = bytes(arguments[1])
            if count < 0 { return text(source.count + count > 0 ? source.suffix(-count) : source[...]) }
            return text(source.prefix(count))
        },
        "substr": GoFunction([.int, .int, .string], returns: .string) { arguments in
            let source = bytes(arguments[2])
            let start = arguments[0].asInt ?? 0, end = arguments[1].asInt ?? 0
            let first = start < 0 ? 0 : start
            let last = start >= 0 && (end < 0 || end > source.count) ? source.count : end
            guard last <= source.count, last >= 0 else {
                throw GoError("runtime error: slice bounds out of range [:\(last)] with length \(source.count)")
            }
            guard first <= last else {
                throw GoError("runtime error: slice bounds out of range [\(first):\(last)]")
            }
            return text(source[first..<last])
        },
    ]

    private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        trimmed(text) { $0.properties.isWhitespace }
    }

    private static func trimmed(
        _ text: [UInt8], of set: [UInt8], atStart: Bool, atEnd: Bool
    ) -> ArraySlice<UInt8> {
        let scalars = Set(String(decoding: set, as: UTF8.self).unicodeScalars)
        return trimmed(text, atStart: atStart, atEnd: atEnd) { scalars.contains($0) }
    }

    private static func trimmed(
        _ text: [UInt8], atStart: Bool = true, atEnd: Bool = true, _ isCut: (Unicode.Scalar) -> Bool
    ) -> ArraySlice<UInt8> {
        var rest = text[...]
        while atStart, let first = rest.first {
            let length = first < 0x80 ? 1 : UTF8Text.scalarLength(in: text.span, at: rest.startIndex)
            guard let scalar = scalar(rest.prefix(max(1, length))), isCut(scalar) else { break }
            rest = rest.dropFirst(max(1, length))
        }
        while atEnd, !rest.isEmpty {
            var start = rest.endIndex - 1
            while start > rest.startIndex, rest.endIndex - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
            if start + UTF8Text.scalarLength(in: text.span, at: start) != rest.endIndex { start = rest.endIndex - 1 }
            guard let scalar = scalar(rest[start...]), isCut(scalar) else { break }
            rest = rest[..<start]
        }
        return rest
    }

    /// The character of one character's bytes; U+FFFD if they are not one.
    private static func scalar(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.first
    }

    private static func withoutPrefix(_ part: [UInt8], _ text: [UInt8]) -> ArraySlice<UInt8> {
        text.starts(with: part) ? text.dropFirst(part.count) : text[...]
    }

    private static func withoutSuffix(_ part: [UInt8], _ text: [UInt8]) -> ArraySlice<UInt8> {
        text.suffix(part.count).elementsEqual(part) ? text.dropLast(part.count) : text[...]
    }

    // MARK: Padding

    private static let padding: TemplateFunctions = [
        "indent": GoFunction([.int, .string], returns: .string) { text(try indented($0)) },
        "nindent": GoFunction([.int, .string], returns: .string) { text([0x0A] + (try indented($0))) },
        "repeat": GoFunction([.int, .string], returns: .string) { arguments in
            let count = arguments[0].asInt ?? 0, part = bytes(arguments[1])
            guard count >= 0 else { throw GoError("strings: negative Repeat count") }
            try checkLength(count.multipliedReportingOverflow(by: max(1, part.count)))
            return text(repeatElement(part, count: count).joined())
        },
        "alignLeft": GoFunction([.int, .string], returns: .string) { text(try aligned($0, isLeft: true)) },
        "alignRight": GoFunction([.int, .string], returns: .string) { text(try aligned($0, isLeft: false)) },
    ]

    private static func indented(_ arguments: [GoValue]) throws -> [UInt8] {
        let count = arguments[0].asInt ?? 0
        guard count >= 0 else { throw GoError("strings: negative Repeat count") }
        try checkLength(count)
        let blanks = [UInt8](repeating: 0x20, count: count)
        return blanks + (try replacing([0x0A], with: [0x0A] + blanks, in: bytes(arguments[1]), limit: nil))
    }

    /// Pads or cuts a text to a number of characters. What is aligned right loses its beginning.
    private static func aligned(_ arguments: [GoValue], isLeft: Bool) throws -> [UInt8] {
        let width = arguments[0].asInt ?? 0, source = bytes(arguments[1])
        guard width >= 0 else { return source }
        try checkLength(width)
        var starts: [Int] = []
        var index = 0
        while index < source.count {
            starts.append(index)
            index += characterLength(source, index)
        }
        if starts.count < width {
            let blanks = [UInt8](repeating: 0x20, count: width - starts.count)
            return isLeft ? source + blanks : blanks + source
        }
        if starts.count == width { return source }
        if isLeft { return Array(source[..<starts[width]]) }
        return width == 0 ? [] : Array(source[starts[starts.count - width]...])
    }

    /// A template cannot make longer texts.
    private static func checkLength(_ count: Int) throws {
        guard count <= 16 << 20 else { throw GoError("the text is too long") }
    }

    private static func checkLength(_ product: (partialValue: Int, overflow: Bool)) throws {
        try checkLength(product.overflow ? Int.max : product.partialValue)
    }

    // MARK: Coding

    private static let coding: TemplateFunctions = [
        "b64enc": mapping(Base64Text.encoded),
        "b64dec": mapping(Base64Text.decoded),
        "urlencode": GoFunction([.string], returns: .string) {
            .text(GoFormat.queryEscaped(($0[0].asString ?? "").description))
        },
        "urldecode": GoFunction([.string], returns: .string, canFail: true) { text(try urlDecoded(bytes($0[0]))) },
    ]

    private static func urlDecoded(_ text: [UInt8]) throws -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "+"): result.append(0x20)
            case UInt8(ascii: "%"):
                guard index + 2 < text.count, let high = AddressText.hexadecimal(text[index + 1]),
                    let low = AddressText.hexadecimal(text[index + 2])
                else {
                    throw GoError("invalid URL escape \(goQuoted(Array(text[index...].prefix(3))))")
                }
                result.append(UInt8(high << 4 | low))
                index += 2
            default: result.append(text[index])
            }
            index += 1
        }
        return result
    }
}
