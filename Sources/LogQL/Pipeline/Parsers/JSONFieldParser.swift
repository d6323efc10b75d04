internal import KTSDBModel

/// `| json` without expressions: every field of an object becomes a label, those of inner objects with the names of all
/// objects around them.
struct JSONFieldParser: Sendable {
    /// Objects in more objects than these are passed over, so that names do not grow without bound.
    private static let depthLimit = 100

    /// The name so far: of the objects around the current field, and the field itself.
    private var name: [UInt8] = []
    /// The lengths of the names of the objects around the current field.
    private var prefixes: [Int] = []
    private var key: [UInt8] = []
    private var value: [UInt8] = []

    /// Sets labels from a line.
    mutating func parse(_ line: Span<UInt8>, _ labels: inout LineLabels) {
        if labels.needsNothing { return }
        do throws(JSONProblem) {
            try parseObject(line, &labels)
        } catch {
            labels.setError(.json, details: error.rawValue.utf8.span)
        }
    }

    private mutating func parseObject(_ line: Span<UInt8>, _ labels: inout LineLabels) throws(JSONProblem) {
        guard let start = JSONScan.token(line, at: 0), line[start] == UInt8(ascii: "{") else { throw .object }
        prefixes.removeAll(keepingCapacity: true)
        name.removeAll(keepingCapacity: true)
        var index = start + 1
        // Whether the next token begins a field; else it comes after one.
        var isFirst = true
        while true {
            guard let token = JSONScan.token(line, at: index) else { throw isFirst ? .json : .array }
            index = token
            let isEnd = line[index] == UInt8(ascii: "}")
            if !isFirst, !isEnd {
                guard line[index] == UInt8(ascii: ",") else { throw .object }
                guard let token = JSONScan.token(line, at: index + 1) else { throw .array }
                index = token
            }
            // A comma before the end is passed over.
            if line[index] == UInt8(ascii: "}") {
                index += 1
                guard let length = prefixes.popLast() else { return }
                name.removeSubrange(length...)
                isFirst = false
                continue
            }
            let outer = name.count
            let field = try field(line, &index)
            isFirst = try take(field, line, outer, &index, &labels)
            if labels.isComplete { return }
        }
    }

    /// Reads a key, whose name is appended to `name`, and the beginning of its value.
    private mutating func field(_ line: Span<UInt8>, _ index: inout Int) throws(JSONProblem) -> JSONScan.Value {
        guard line[index] == UInt8(ascii: "\"") else { throw .object }
        guard let end = JSONScan.stringEnd(line, at: index + 1) else { throw .json }
        let text = line.extracting((index + 1)..<end.quote)
        if !name.isEmpty { name.append(UInt8(ascii: "_")) }
        if end.isEscaped {
            key.removeAll(keepingCapacity: true)
            guard JSONEscapes.unescape(text, to: &key) else { throw .escape }
            let unescaped = key
            LabelNameText.append(unescaped.span, to: &name)
        } else {
            LabelNameText.append(text, to: &name)
        }
        guard let colon = JSONScan.token(line, at: end.quote + 1), line[colon] == UInt8(ascii: ":") else { throw .json }
        let value = try JSONScan.value(line, at: colon + 1, skipsObjects: prefixes.isEmpty)
        index = value.kind == .object ? value.range.lowerBound + 1 : value.end
        return value
    }

    /// Sets the label of a value, or enters an object. Returns whether it was entered.
    private mutating func take(
        _ field: JSONScan.Value, _ line: Span<UInt8>, _ outer: Int, _ index: inout Int, _ labels: inout LineLabels
    ) throws(JSONProblem) -> Bool {
        switch field.kind {
        case .null, .array: break
        case .object:
            if prefixes.count < Self.depthLimit, labels.wants(name.span, orNested: true) {
                prefixes.append(outer)
                return true
            }
            let object = line.extracting(field.range.lowerBound..<line.count)
            guard let end = JSONScan.blockEnd(object, at: 0, open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) else {
                throw .object
            }
            index = field.range.lowerBound + end
        case .number, .boolean:
            if !name.isEmpty { labels.extract(named: name.span, line.extracting(field.range), keepsFirst: true) }
        case .string:
            if !name.isEmpty, labels.wants(name.span) {
                value.removeAll(keepingCapacity: true)
                if JSONStringValue.text(line.extracting(field.range), field.isEscaped, &value) {
                    labels.extract(named: name.span, value.span, keepsFirst: true)
                } else {
                    labels.extract(named: name.span, line.extracting(field.range), keepsFirst: true)
                }
            }
        }
        name.removeSubrange(outer...)
        return false
    }
}

/// The text of a string in JSON as the value of a label.
enum JSONStringValue {
    /// Puts the text into `result`, unless it is that of the line as it is. Invalid escape sequences make it empty.
    /// - Returns: whether the text is in `result`.
    static func text(_ text: Span<UInt8>, _ isEscaped: Bool, _ result: inout [UInt8]) -> Bool {
        if isEscaped {
            guard JSONEscapes.unescape(text, to: &result) else {
                result.removeAll(keepingCapacity: true)
                return true
            }
            if UTF8Repair.isClean(result.span) { return true }
            let unescaped = result
            result.removeAll(keepingCapacity: true)
            UTF8Repair.append(unescaped.span, to: &result)
            return true
        }
        if UTF8Repair.isClean(text) { return false }
        UTF8Repair.append(text, to: &result)
        return true
    }
}
