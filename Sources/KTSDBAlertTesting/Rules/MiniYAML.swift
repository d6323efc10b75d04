/// Reads as much of YAML as rule files of the conformance data need: nested lists and maps by indentation, flow maps
/// and lists, quoted and plain scalars, comments.
struct MiniYAML {
    indirect enum Value {
        case scalar(String)
        case list([Value])
        case map([(String, Value)])

        subscript(key: String) -> Value? {
            guard case .map(let pairs) = self else { return nil }
            return pairs.first { $0.0 == key }?.1
        }
        var list: [Value] { if case .list(let values) = self { values } else { [] } }
        var text: String { if case .scalar(let text) = self { text } else { "" } }
        var pairs: [(String, String)] {
            if case .map(let pairs) = self { pairs.map { ($0.0, $0.1.text) } } else { [] }
        }
    }

    private var lines: [(indent: Int, text: String)] = []
    private var position = 0

    static func read(_ text: String) -> Value {
        var reader = MiniYAML()
        for line in text.split(separator: "\n") {
            let content = line.drop { $0 == " " }
            guard !content.isEmpty, !content.hasPrefix("#") else { continue }
            reader.lines.append((line.count - content.count, trimmed(String(content))))
        }
        return reader.block(0)
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    private mutating func block(_ indent: Int) -> Value {
        guard position < lines.count else { return .scalar("") }
        return lines[position].text.hasPrefix("- ") ? list(lines[position].indent) : map(lines[position].indent)
    }

    private mutating func list(_ indent: Int) -> Value {
        var values: [Value] = []
        while position < lines.count, lines[position].indent == indent, lines[position].text.hasPrefix("- ") {
            let rest = String(lines[position].text.dropFirst(2).drop { $0 == " " })
            if Self.keyAndRest(rest) != nil, !rest.hasPrefix("{") {
                lines[position] = (indent + 2, rest)
                values.append(map(indent + 2))
            } else {
                position += 1
                values.append(Self.inline(rest))
            }
        }
        return .list(values)
    }

    private mutating func map(_ indent: Int) -> Value {
        var pairs: [(String, Value)] = []
        while position < lines.count, lines[position].indent == indent,
            let (key, rest) = Self.keyAndRest(lines[position].text)
        {
            position += 1
            if rest == "|" || rest == ">" || rest == "|-" {
                pairs.append((key, literal(indent, folds: rest == ">")))
            } else if rest.isEmpty {
                let isNested =
                    position < lines.count
                    && (lines[position].indent > indent
                        || lines[position].indent == indent && lines[position].text.hasPrefix("- "))
                pairs.append((key, isNested ? block(indent) : .scalar("")))
            } else {
                pairs.append((key, Self.inline(rest)))
            }
        }
        return .map(pairs)
    }

    private mutating func literal(_ indent: Int, folds: Bool) -> Value {
        var parts: [String] = []
        while position < lines.count, lines[position].indent > indent {
            parts.append(lines[position].text)
            position += 1
        }
        return .scalar(parts.joined(separator: folds ? " " : "\n") + "\n")
    }

    private static func keyAndRest(_ text: String) -> (String, String)? {
        guard let first = text.first, first != "'", first != "\"", first != "{" else { return nil }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        var index = colon
        // A colon that no blank follows belongs to the key: `job:rate1m`.
        while text.index(after: index) < text.endIndex, text[text.index(after: index)] != " " {
            guard let next = text[text.index(after: index)...].firstIndex(of: ":") else { return nil }
            index = next
        }
        return (String(text[..<index]), trimmed(String(text[text.index(after: index)...].drop { $0 == " " })))
    }

    private static func inline(_ text: String) -> Value {
        var scanner = Flow(text: Array(text))
        return scanner.value(isNested: false)
    }

    private struct Flow {
        let text: [Character]
        var at = 0

        mutating func blanks() { while at < text.count, text[at] == " " { at += 1 } }

        mutating func value(isNested: Bool) -> Value {
            blanks()
            guard at < text.count else { return .scalar("") }
            switch text[at] {
            case "{": return map()
            case "[": return list()
            case "'", "\"": return .scalar(quoted())
            default: return .scalar(plain(isNested: isNested))
            }
        }

        mutating func quoted() -> String {
            let quote = text[at]
            at += 1
            var result = ""
            while at < text.count {
                if text[at] == quote, quote == "'", at + 1 < text.count, text[at + 1] == "'" {
                    result.append("'")
                    at += 2
                } else if text[at] == quote {
                    at += 1
                    return result
                } else if text[at] == "\\", quote == "\"", at + 1 < text.count {
                    result.append(text[at + 1] == "n" ? "\n" : text[at + 1])
                    at += 2
                } else {
                    result.append(text[at])
                    at += 1
                }
            }
            return result
        }

        mutating func plain(isNested: Bool) -> String {
            var result = ""
            while at < text.count {
                if isNested, ",}]".contains(text[at]) { break }
                if text[at] == "#", result.last == " " { break }
                result.append(text[at])
                at += 1
            }
            return MiniYAML.trimmed(result)
        }

        mutating func list() -> Value {
            at += 1
            var values: [Value] = []
            while at < text.count {
                blanks()
                if text[at] == "]" { at += 1; break }
                values.append(value(isNested: true))
                blanks()
                if at < text.count, text[at] == "," { at += 1 }
            }
            return .list(values)
        }

        mutating func map() -> Value {
            at += 1
            var pairs: [(String, Value)] = []
            while at < text.count {
                blanks()
                if text[at] == "}" { at += 1; break }
                var key = ""
                if text[at] == "'" || text[at] == "\"" { key = quoted() }
                while at < text.count, text[at] != ":" {
                    key.append(text[at])
                    at += 1
                }
                at += 1
                pairs.append((key, value(isNested: true)))
                blanks()
                if at < text.count, text[at] == "," { at += 1 }
            }
            return .map(pairs)
        }
    }
}
