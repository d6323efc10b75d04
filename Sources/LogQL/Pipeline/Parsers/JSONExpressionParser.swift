internal import KTSDBModel

/// `| json a="x.y", b="z[0]"`: only what the expressions lead to. A label whose expression leads nowhere is empty.
struct JSONExpressionParser: Sendable {
    private let extractions: [(number: Int, path: JSONPath)]
    private var key: [UInt8] = []
    private var value: [UInt8] = []

    /// - Throws: what is wrong with an expression.
    init(_ extractions: [LabelExtraction], _ labels: inout LineLabels) throws(StageProblem) {
        var compiled: [(number: Int, path: JSONPath)] = []
        for extraction in extractions {
            compiled.append((labels.number(inStage: extraction.name), try JSONPath(extraction.expression)))
        }
        self.extractions = compiled
    }

    /// Sets labels from a line.
    mutating func parse(_ line: Span<UInt8>, _ labels: inout LineLabels) {
        if labels.needsNothing || line.isEmpty { return }
        switch line[0] {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): break
        default: return labels.setError(.json, details: "".utf8.span)
        }
        for (number, path) in extractions {
            do throws(JSONProblem) {
                guard let found = try path.find(in: line, &key), found.kind != .null else {
                    labels.extract(number, "".utf8.span, keepsFirst: false)
                    continue
                }
                set(number, found, line, &labels)
            } catch {
                labels.extract(number, "".utf8.span, keepsFirst: false)
                labels.setError(.json, details: error.rawValue.utf8.span)
            }
        }
    }

    private mutating func set(
        _ number: Int, _ found: JSONScan.Value, _ line: Span<UInt8>, _ labels: inout LineLabels
    ) {
        let text = line.extracting(found.range)
        value.removeAll(keepingCapacity: true)
        if found.kind == .string, JSONStringValue.text(text, found.isEscaped, &value) {
            labels.extract(number, value.span, keepsFirst: false)
        } else {
            labels.extract(number, text, keepsFirst: false)
        }
    }
}
