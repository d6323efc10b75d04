internal import GoTemplate
internal import PrometheusWire

/// The functions that escape values for their place in HTML.
enum HTMLEscaping {
    static let functions: TemplateFunctions = {
        var all: [String: GoFunction] = [
            "_html_escape": escaper { isSafe($0, NotificationFunctions.htmlType) ? text($0) : escaped(text($0)) },
            "_html_rcdata": escaper { escaped(text($0)) },
            "_html_comment": escaper { _ in "" },
            "_html_name": escaper { _ in "ZgotmplZ" },
            "_html_script": escaper { try script($0) },
            "_html_style": escaper { style(text($0)) },
        ]
        let attributes: [(name: String, body: @Sendable (GoValue) throws -> String)] = [
            ("_html_attribute", { isSafe($0, NotificationFunctions.htmlType) ? withoutTags(text($0)) : text($0) }),
            ("_html_style_attribute", { style(text($0)) }),
            ("_html_script_attribute", { try script($0) }), ("_html_url_start", { normalized(filtered($0)) }),
            ("_html_url_path", { normalized(text($0)) }),
            (
                "_html_url_query",
                { value in
                    isSafe(value, NotificationFunctions.urlType)
                        ? normalized(text(value)) : PercentCoding.encoded(bytes(value), keeping: "-._~", lower: true)
                }
            ),
        ]
        for attribute in attributes {
            let escape: @Sendable (GoValue) throws -> String = { value in
                escaped(try attribute.body(value), keepsReferences: isSafe(value, NotificationFunctions.htmlType))
            }
            all[attribute.name] = escaper(escape)
            all[attribute.name + "_unquoted"] = escaper { unquoted(try escape($0)) }
        }
        return TemplateFunctions(all)
    }()

    private static func escaper(_ body: @escaping @Sendable (GoValue) throws -> String) -> GoFunction {
        GoFunction([.any], returns: .string, canFail: true) { .text(try body($0[0])) }
    }

    private static let printing = try? Template.parse(name: "", text: "{{.}}")

    /// The value as templates print it.
    private static func text(_ value: GoValue) -> String { String(decoding: bytes(value), as: UTF8.self) }

    private static func bytes(_ value: GoValue) -> [UInt8] {
        if let text = value.asString { return text.bytes }
        return (try? printing?.execute(value).bytes) ?? []
    }

    private static func isSafe(_ value: GoValue, _ type: GoNamedType) -> Bool {
        if case .named(type, _) = value { true } else { false }
    }

    /// The text between the tags of HTML.
    private static func withoutTags(_ html: String) -> String {
        var result = String.UnicodeScalarView(), isInTag = false
        for scalar in html.unicodeScalars {
            if scalar == "<" { isInTag = true }
            if !isInTag { result.append(scalar) }
            if scalar == ">" { isInTag = false }
        }
        return String(result)
    }

    private static func escaped(_ text: String, keepsReferences: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\0": result += "\u{FFFD}"
            case "\"": result += "&#34;"
            case "&": result += keepsReferences ? "&" : "&amp;"
            case "'": result += "&#39;"
            case "+": result += "&#43;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// What ends a value that has no quotes around it is escaped, too.
    private static func unquoted(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "\t\n\u{B}\u{C}\r =`".unicodeScalars.contains(scalar) {
                result += "&#\(scalar.value);"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// An address unless its scheme may run a program.
    private static func filtered(_ value: GoValue) -> String {
        let text = text(value)
        if isSafe(value, NotificationFunctions.urlType) { return text }
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else { return text }
        return ["http", "https", "mailto"].contains(text[..<colon].lowercased()) ? text : "#ZgotmplZ"
    }

    /// Encodes what an address cannot have; percent signs of encoded bytes stay.
    private static func normalized(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result = ""
        for (place, byte) in bytes.enumerated() {
            let isEncoded =
                byte == UInt8(ascii: "%") && place + 2 < bytes.count
                && bytes[(place + 1)...(place + 2)].allSatisfy(PercentCoding.isHexadecimal)
            result += isEncoded ? "%" : PercentCoding.encoded([byte], keeping: "-._~!#$&*+,/:;=?@[]", lower: true)
        }
        return result
    }

    /// A value of JavaScript; a number has blanks around it, so that it joins no name.
    private static func script(_ value: GoValue) throws -> String {
        let json = try GoJSON.value(value), text = String(decoding: json.encoded, as: UTF8.self)
        switch json {
        case .number, .bool, .null: return " \(text) "
        default: return text
        }
    }

    private static func style(_ text: String) -> String {
        let isSafe = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "#%.,- ".unicodeScalars.contains($0)
        }
        return isSafe && !text.lowercased().contains("expression") ? text : "ZgotmplZ"
    }
}
