extension RegularExpression {
    /// Returns `template` with captured text in place of its variables, by the rules of Go's `Regexp.Expand`.
    ///
    /// A variable is `$name` or `${name}`, where the name is the longest possible run of letters, digits and
    /// underscores: `$1x` is `${1x}`. A number without leading zeros is the group with that number; any other name is
    /// the first group with that name that took part in the match. Other variables are empty. `$$` is a dollar sign,
    /// and so is a `$` that does not begin a variable.
    /// - Parameters:
    ///   - template: the text with variables.
    ///   - captures: the result of ``captures(whole:)`` for `bytes`.
    ///   - bytes: the text that matched.
    /// - Returns: the expanded template; well-formed UTF-8 if `bytes` are.
    public func expand(_ template: String, captures: [Range<Int>?], in bytes: Span<UInt8>) -> [UInt8] {
        expand(Template(template), captures: captures, in: bytes)
    }

    /// A text with variables, parsed once for many expansions.
    package struct Template: Sendable {
        fileprivate enum Part: Sendable {
            case text([UInt8])
            case variable([UInt8])
        }
        fileprivate private(set) var parts: [Part] = []
        private var text: [UInt8] = []

        package init(_ template: String) {
            RegularExpression.takeApart(Array(template.utf8)) { byte in
                text.append(byte)
            } variable: { name in
                endText()
                parts.append(.variable(Array(name)))
            }
            endText()
        }

        private mutating func endText() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = []
        }
    }

    /// Returns the length in bytes of the result of ``expand(_:captures:in:)``.
    package func byteCount(of template: Template, captures: [Range<Int>?]) -> Int {
        template.parts.reduce(0) { count, part in
            switch part {
            case .text(let text): count + text.count
            case .variable(let name): count + (group(named: name[...], in: captures)?.count ?? 0)
            }
        }
    }

    /// Returns the expanded template; see the other `expand`.
    package func expand(_ template: Template, captures: [Range<Int>?], in bytes: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(byteCount(of: template, captures: captures))
        for part in template.parts {
            switch part {
            case .text(let text): result += text
            case .variable(let name):
                guard let range = group(named: name[...], in: captures) else { continue }
                result.append(bytes.extracting(range))
            }
        }
        return result
    }

    /// Calls `text` with each literal byte of a template, and `variable` with the name of each variable.
    private static func takeApart(
        _ template: [UInt8], text: (UInt8) -> Void, variable: (ArraySlice<UInt8>) -> Void
    ) {
        var position = 0
        while position < template.count {
            let byte = template[position]
            position += 1
            if byte != UInt8(ascii: "$") {
                text(byte)
            } else if position < template.count, template[position] == UInt8(ascii: "$") {
                text(UInt8(ascii: "$"))
                position += 1
            } else if let name = takeVariable(template, &position) {
                variable(template[name])
            } else {
                text(UInt8(ascii: "$"))
            }
        }
    }

    /// Reads a variable after its dollar sign and returns the range of its name. Returns nil, and reads nothing, if
    /// there is no variable.
    private static func takeVariable(_ template: [UInt8], _ position: inout Int) -> Range<Int>? {
        let isBraced = position < template.count && template[position] == UInt8(ascii: "{")
        let start = isBraced ? position + 1 : position
        var end = start
        while end < template.count {
            let scalar = UTF8Text.scalar(in: template.span, at: end)
            guard isLetterOrDigit(scalar.value) else { break }
            end = scalar.end
        }
        guard end > start else { return nil }
        if isBraced {
            guard end < template.count, template[end] == UInt8(ascii: "}") else { return nil }
        }
        position = isBraced ? end + 1 : end
        return start..<end
    }

    /// Whether the scalar is a letter, a decimal digit of any script, or an underscore.
    private static func isLetterOrDigit(_ value: UInt32) -> Bool {
        if value < 0x80 { return Assertion.isWord(UInt8(value)) }
        return switch Unicode.Scalar(value)?.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: false
        }
    }

    private func group(named name: ArraySlice<UInt8>, in captures: [Range<Int>?]) -> Range<Int>? {
        if name.allSatisfy(PatternParser.isDigit), name.count == 1 || name.first != UInt8(ascii: "0") {
            // There cannot be that many groups.
            guard name.count < 10 else { return nil }
            let number = name.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return number < captures.count ? captures[number] : nil
        }
        let names = captureNames
        for group in names.indices where group < captures.count {
            if let range = captures[group], let candidate = names[group], candidate.utf8.elementsEqual(name) {
                return range
            }
        }
        return nil
    }
}
