internal import KTSDBModel

/// A line of OpenMetrics text that says what a metric is, such as `# TYPE up gauge`.
struct MetadataLine {
    enum Kind: String {
        case type = "TYPE", help = "HELP", unit = "UNIT"
    }
    let kind: Kind
    /// The name of the metric, or of its family.
    let name: String
    let text: String

    /// Returns the lines for a metric; none for empty texts, nor for a unit that the name does not end with, which
    /// OpenMetrics forbids.
    static func text(_ metadata: MetricMetadata, of name: String) -> String {
        let written = LabelName.isLegacyMetricName(name) ? name : LabelText.quoted(name)
        let unit = name.hasSuffix("_" + metadata.unit) ? metadata.unit : ""
        return [(Kind.type, metadata.type), (.unit, unit), (.help, metadata.help)].map { kind, text in
            text.isEmpty ? "" : "# \(kind.rawValue) \(written) \(LabelText.quoted(text).dropFirst().dropLast())\n"
        }.joined()
    }

    /// Reads a line; nil if it is another comment.
    init?(_ line: [UInt8]) {
        let blank = UInt8(ascii: " "), quote = UInt8(ascii: "\"")
        let words = line.split(separator: blank, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == [UInt8(ascii: "#")],
            let kind = Kind(rawValue: String(decoding: words[1], as: UTF8.self))
        else { return nil }
        var end = words[2].firstIndex(of: blank) ?? words[2].endIndex
        if words[2].first == quote {
            var last = words[2].startIndex + 1
            while last < words[2].endIndex, words[2][last] != quote {
                last += words[2][last] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard last < words[2].endIndex else { return nil }
            name = Self.unescaped(words[2][(words[2].startIndex + 1)..<last])
            end = last + 1
        } else {
            name = String(decoding: words[2][..<end], as: UTF8.self)
        }
        guard !name.isEmpty else { return nil }
        self.kind = kind
        text = Self.unescaped(words[2][end...].dropFirst())
    }

    /// Changes what is known of the metric.
    func apply(to metadata: inout MetricMetadata) {
        switch kind {
        // As other formats call it.
        case .type: metadata.type = text == "untyped" ? "unknown" : text
        case .help: metadata.help = text
        case .unit: metadata.unit = text
        }
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = [], rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                result.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): result.append(next)
            default: result += [byte, next]
            }
            rest.removeFirst()
        }
        return String(decoding: result, as: UTF8.self)
    }
}
