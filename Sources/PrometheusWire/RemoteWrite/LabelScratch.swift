internal import KTSDBModel

/// Why label bytes make no label set that could name a series.
package enum LabelProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no `__name__`, or it is empty.
    case missingMetricName
    /// A name is empty, or a name or a value is not UTF-8.
    case invalidText
    /// A name comes twice.
    case duplicateName(String)
    /// A name or a value is longer than a label set can hold, 16 MiB.
    case tooLong

    /// The reason, worded as Prometheus words it.
    package var description: String {
        switch self {
        case .missingMetricName: "missing metric name (__name__ label)"
        case .invalidText: "invalid metric name or label names"
        case .duplicateName(let name): "label name \"\(name)\" is not unique: invalid sample"
        case .tooLong: "label name or value is longer than 16 MiB"
        }
    }
}

/// Collects labels in any order and writes them as a string form; reused, so that it allocates nothing in the long run.
struct LabelScratch {
    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// Names and values, one behind the other: append a name, call ``endName()``, append its value, call ``endValue()``.
    var text: [UInt8] = []
    private var fields: [Field] = []
    private var nameEnd = 0

    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    /// What was appended since the last value is a name.
    mutating func endName() { nameEnd = text.count }

    /// What was appended since the last name is its value.
    mutating func endValue() {
        fields.append(Field(name: (fields.last?.value.upperBound ?? 0)..<nameEnd, value: nameEnd..<text.count))
    }

    /// Replaces `stringForm` by the string form of what was added, without labels that have no value.
    mutating func write(into stringForm: inout [UInt8]) -> LabelProblem? {
        stringForm.removeAll(keepingCapacity: true)
        let text = text
        func isBefore(_ left: Field, _ right: Field) -> Bool {
            text[left.name].lexicographicallyPrecedes(text[right.name])
        }
        // Nearly all come sorted; the sort is for the rest, and stays fast however many labels a line has.
        if zip(fields, fields.dropFirst()).contains(where: { !isBefore($0, $1) }) {
            fields.sort(by: isBefore)
            for (left, right) in zip(fields, fields.dropFirst()) where text[left.name] == text[right.name] {
                return .duplicateName(String(decoding: text[left.name], as: UTF8.self))
            }
        }
        var hasMetricName = false
        for field in fields where !field.value.isEmpty {
            guard field.name.count <= 0xff_ffff && field.value.count <= 0xff_ffff else { return .tooLong }
            if text[field.name].elementsEqual("__name__".utf8) { hasMetricName = true }
            Labels.append(field: text[field.name], to: &stringForm)
            Labels.append(field: text[field.value], to: &stringForm)
        }
        return hasMetricName ? nil : .missingMetricName
    }
}

/// Whether `bytes` are well-formed UTF-8.
func isValidUTF8(_ bytes: Span<UInt8>) -> Bool { (try? UTF8Span(validating: bytes)) != nil }
