extension RegularExpression {
    /// Returns `template` with captured text in place of its variables, by the rules of Go's `Regexp.Expand`.
    ///
    /// A variable is `$name` or `${name}`, where the name is one or more letters, digits and underscores, as many as
    /// there are: `$1x` is `${1x}`. A number without leading zeros means the group with that number, anything else the
    /// first group with that name that took part in the match. What no group has is empty. `$$` is a dollar sign, and
    /// so is a `$` that begins no variable.
    /// - Parameter captures: what ``captures(whole:)`` returned for `bytes`.
    public func expand(_ template: String, captures: [Range<Int>?], in bytes: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = template.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar != "$" {
                result.append(contentsOf: UTF8.encode(scalar)!)
            } else if rest.first == "$" {
                rest.removeFirst()
                result.append(UInt8(ascii: "$"))
            } else if let name = Self.takeVariable(&rest) {
                guard let range = group(named: name, in: captures) else { continue }
                for index in range { result.append(bytes[index]) }
            } else {
                result.append(UInt8(ascii: "$"))
            }
        }
        return result
    }

    /// Takes the name of a variable, with its braces if it has them; nil and nothing taken if there is none.
    private static func takeVariable(_ rest: inout Substring.UnicodeScalarView) -> Substring? {
        var tail = rest
        let isBraced = tail.first == "{"
        if isBraced { tail.removeFirst() }
        let name = tail.prefix { $0 == "_" || isLetterOrDigit($0) }
        guard !name.isEmpty else { return nil }
        tail = tail[name.endIndex...]
        if isBraced {
            guard tail.popFirst() == "}" else { return nil }
        }
        rest = tail
        return Substring(name)
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return PatternParser.isAlphanumeric(UInt8(scalar.value)) }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: false
        }
    }

    private func group(named name: Substring, in captures: [Range<Int>?]) -> Range<Int>? {
        let isNumber = name.utf8.allSatisfy(PatternParser.isDigit) && (name == "0" || name.utf8.first != UInt8(ascii: "0"))
        if isNumber {
            guard let number = Int(name), number < captures.count else { return nil }
            return captures[number]
        }
        for (group, range) in zip(captureNames, captures) where group.map({ $0 == name }) ?? false {
            if let range { return range }
        }
        return nil
    }
}
