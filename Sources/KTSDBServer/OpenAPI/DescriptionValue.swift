/// A value in the description of the API, which is written as YAML.
enum DescriptionValue: Sendable, ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByArrayLiteral, ExpressibleByBooleanLiteral
{
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([DescriptionValue])
    case map([(key: String, value: DescriptionValue)])

    init(stringLiteral text: String) { self = .text(text) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
    init(arrayLiteral elements: DescriptionValue...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, DescriptionValue)...) {
        self = .map(elements.map { (key: $0.0, value: $0.1) })
    }

    /// The value as a YAML document.
    var yaml: String {
        var lines = ""
        write(to: &lines, indent: 0)
        return lines
    }

    private func write(to text: inout String, indent: Int) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .map(let pairs) where !pairs.isEmpty:
            for (key, value) in pairs {
                value.write(after: "\(margin)\(Self.key(key)):", to: &text, indent: indent + 2)
            }
        case .list(let values) where !values.isEmpty:
            for value in values { value.write(after: "\(margin)-", to: &text, indent: indent + 2) }
        default: text += "\(margin)\(scalar)\n"
        }
    }

    /// Writes the value on the current line, or on the lines after it.
    private func write(after start: String, to text: inout String, indent: Int) {
        text += start
        switch self {
        case .map(let pairs) where !pairs.isEmpty:
            text += "\n"
            write(to: &text, indent: indent)
        case .list(let values) where !values.isEmpty:
            text += "\n"
            write(to: &text, indent: indent)
        default: text += " \(scalar)\n"
        }
    }

    private var scalar: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .list: "[]"
        case .map: "{}"
        }
    }

    private static func key(_ key: String) -> String {
        key.allSatisfy { $0.isASCII && $0.isLetter } ? key : quoted(key)
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
