internal import KTSDBNotify
internal import PrometheusWire

/// JSON as Go indents it with two blanks.
enum IndentedJSON {
    /// Returns a value's text, without a line feed at the end.
    static func text(_ value: JSONTree) -> String {
        var text = ""
        write(value, indent: "", to: &text)
        return text
    }

    private static func write(_ value: JSONTree, indent: String, to text: inout String) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            write(elements, "[", "]", indent, to: &text) { write($0, indent: $1, to: &$2) }
        case .object(let members) where !members.isEmpty:
            write(members, "{", "}", indent, to: &text) { member, indent, text in
                text += plain(.string(member.name)) + ": "
                write(member.value, indent: indent, to: &text)
            }
        default: text += plain(value)
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ indent: String, to text: inout String,
        _ body: (Element, String, inout String) -> Void
    ) {
        let inner = indent + "  "
        text += open + "\n"
        for (place, element) in elements.enumerated() {
            text += inner
            body(element, inner, &text)
            text += place == elements.count - 1 ? "\n" : ",\n"
        }
        text += indent + close
    }

    private static func plain(_ value: JSONTree) -> String { String(decoding: value.encoded, as: UTF8.self) }
}
