internal import KTSDBConfiguration
package import KTSDBNotify

/// Texts that may be YAML, such as what a template wrote.
package enum YAMLText {
    /// Returns a text as the value that it is in YAML, of which JSON is a part; nil if it is not YAML.
    @Sendable package static func value(_ text: String) -> JSONTree? {
        if let json = try? JSONTreeParser.parse(Array(text.utf8)) { return json }
        guard let document = try? YAMLValue.document(text, file: "") else {
            return text.allSatisfy(\.isWhitespace) ? .null : nil
        }
        var reading = StrictReading(syntax: .fallback) { _ in nil }
        return reading.tree(document)
    }
}
