/// A part of a text in which variables may be named.
///
/// `${NAME}` is the value of a variable, `${NAME:-default}` the default if the variable is not set or empty, `$$` a
/// `$`. A name is `[A-Za-z_][A-Za-z0-9_]*`. Anything else that begins with `$` is kept as it is: `$1`, `${1}`, `$x`.
enum VariablePart: Hashable {
    case text(Substring)
    /// A variable; the default may name variables, too.
    case variable(name: String, fallback: Substring?)

    /// Splits a text into its parts.
    static func parts(of text: Substring) -> [VariablePart] {
        var parts: [VariablePart] = [], rest = text
        while let dollar = rest.firstIndex(of: "$") {
            if dollar > rest.startIndex { parts.append(.text(rest[..<dollar])) }
            rest = rest[dollar...]
            if rest.hasPrefix("$$") {
                parts.append(.text("$"))
                rest = rest.dropFirst(2)
            } else if let (part, end) = reference(rest) {
                parts.append(part)
                rest = rest[end...]
            } else {
                parts.append(.text("$"))
                rest = rest.dropFirst()
            }
        }
        return rest.isEmpty ? parts : parts + [.text(rest)]
    }

    /// The reference with which a text begins, and where it ends.
    private static func reference(_ text: Substring) -> (part: VariablePart, end: Substring.Index)? {
        guard text.hasPrefix("${") else { return nil }
        let body = text.dropFirst(2)
        guard let first = body.first, isNameCharacter(first), !first.isNumber else { return nil }
        let name = body.prefix(while: isNameCharacter), rest = body[name.endIndex...]
        if rest.first == "}" {
            return (.variable(name: String(name), fallback: nil), rest.index(after: rest.startIndex))
        }
        guard rest.hasPrefix(":-"), let end = closingBrace(of: rest.dropFirst(2)) else { return nil }
        return (.variable(name: String(name), fallback: rest.dropFirst(2)[..<end]), text.index(after: end))
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character == "_" || character.isASCII && (character.isLetter || character.isNumber)
    }

    /// Where a default ends: at the first brace that does not close a variable in it.
    private static func closingBrace(of text: Substring) -> Substring.Index? {
        var depth = 0, previous: Character = " "
        for index in text.indices {
            switch text[index] {
            case "{" where previous == "$": depth += 1
            case "}" where depth == 0: return index
            case "}": depth -= 1
            default: break
            }
            previous = text[index]
        }
        return nil
    }
}
