/// Where in HTML a text is written: what has to be escaped follows from it.
///
/// The states and their names are those of Go's `html/template`, as far as mails and messages need them.
enum HTMLContext: Hashable {
    /// Between tags.
    case text
    /// In a tag, outside of attributes' values.
    case tag(element: String)
    /// After the name of an attribute and `=`.
    case beforeValue(element: String, attribute: String)
    /// In the value of an attribute.
    case value(element: String, attribute: Attribute, delimiter: Delimiter, part: URLPart)
    /// In an element whose content is no HTML.
    case raw(element: String)
    case comment

    enum Attribute: Hashable { case plain, url, style, script }
    enum Delimiter: Hashable { case double, single, blank }
    /// How much of an address there is already.
    enum URLPart: Hashable { case start, path, query }

    /// The name of the function that escapes a value here.
    var escaper: String {
        switch self {
        case .text: "_html_escape"
        case .comment: "_html_comment"
        case .tag, .beforeValue: "_html_name"
        case .raw(let element):
            element == "script" ? "_html_script" : element == "style" ? "_html_style" : "_html_rcdata"
        case .value(_, let attribute, let delimiter, let part): Self.escaper(attribute, delimiter, part)
        }
    }

    private static func escaper(_ attribute: Attribute, _ delimiter: Delimiter, _ part: URLPart) -> String {
        let suffix = delimiter == .blank ? "_unquoted" : ""
        return switch (attribute, part) {
        case (.plain, _): "_html_attribute" + suffix
        case (.style, _): "_html_style_attribute" + suffix
        case (.script, _): "_html_script_attribute" + suffix
        case (.url, .start): "_html_url_start" + suffix
        case (.url, .path): "_html_url_path" + suffix
        case (.url, .query): "_html_url_query" + suffix
        }
    }

    /// What an attribute's value is.
    static func attribute(_ name: String) -> Attribute {
        let name = name.lowercased()
        if name.hasPrefix("on") { return .script }
        if name == "style" { return .style }
        let urls: Set<String> = [
            "action", "archive", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon",
            "longdesc", "manifest", "poster", "profile", "src", "usemap", "xmlns",
        ]
        return urls.contains(name) || name.contains("src") || name.contains("uri") || name.contains("url")
            ? .url : .plain
    }
}
