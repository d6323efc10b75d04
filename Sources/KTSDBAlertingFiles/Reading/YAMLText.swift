internal import KTSDBConfiguration
internal import KTSDBNotify
package import PrometheusWire

/// Texts that may be YAML, such as what a template wrote.
package enum YAMLText {
    /// Returns a text as the value that it is in YAML, of which JSON is a part; nil if it is not YAML.
    @Sendable package static func value(_ text: String) -> JSONTree? {
        if let json = try? JSONTreeParser.parse(Array(text.utf8)) { return json }
        guard canRead(text), let document = try? YAMLValue.document(text, file: "") else {
            return text.allSatisfy(\.isWhitespace) ? .null : nil
        }
        var reading = StrictReading(syntax: .fallback) { _ in nil }
        return reading.tree(document)
    }

    /// How many values may begin within others: the parser calls itself for each. What an alert's labels make of a
    /// template can be anything.
    private static let nestingLimit = 2000

    private static func canRead(_ text: String) -> Bool {
        var brackets = 0, blanks = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "?"): brackets += 1
            // A blank after it makes a list; several on a line, lists in lists.
            case UInt8(ascii: "-"): blanks += 1
            case UInt8(ascii: "\n"): blanks = 0
            default: break
            }
            if brackets > nestingLimit || blanks > nestingLimit { return false }
        }
        return true
    }
}
