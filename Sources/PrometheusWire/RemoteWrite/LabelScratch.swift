package import KTSDBModel

/// The reason why label bytes are not a valid label set for a series.
package enum LabelProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// `__name__` is missing or empty.
    case missingMetricName
    /// A name is empty, or a name or a value is not UTF-8.
    case invalidText
    /// A name occurs twice.
    case duplicateName(String)
    /// A name or a value is longer than a label set can hold, 16 MiB.
    case tooLong
    /// There are more labels, or longer ones, than a series may have.
    case overLimit(LabelExcess)

    /// The reason, in Prometheus' words.
    package var description: String {
        switch self {
        case .missingMetricName: "missing metric name (__name__ label)"
        case .invalidText: "invalid metric name or label names"
        case .duplicateName(let name): "label name \"\(name)\" is not unique: invalid sample"
        case .tooLong: "label name or value is longer than 16 MiB"
        case .overLimit(let excess): excess.description
        }
    }
}

/// Collects labels in any order and writes them as a string form. It is reused, so that it does not allocate in the
/// long run.
struct LabelScratch {
    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// Names and values, end to end: append a name, call ``endName()``, append its value, call ``endValue()``.
    var text: [UInt8] = []
    private var fields: [Field] = []
    private var nameEnd = 0

    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    /// Ends a name: the bytes appended since the last value.
    mutating func endName() { nameEnd = text.count }

    /// Ends a value: the bytes appended since the last name.
    mutating func endValue() {
        fields.append(Field(name: (fields.last?.value.upperBound ?? 0)..<nameEnd, value: nameEnd..<text.count))
    }

    /// Replaces `stringForm` with the string form of the collected labels, without empty ones.
    mutating func write(into stringForm: inout [UInt8]) -> LabelProblem? {
        stringForm.removeAll(keepingCapacity: true)
        // Nearly all labels come sorted; the sort is for the rest, and stays fast however many labels there are.
        if !isSorted {
            let text = text
            fields.sort { Self.order(text.span.extracting($0.name), text.span.extracting($1.name)) < 0 }
            for index in fields.indices.dropFirst() {
                let name = text.span.extracting(fields[index].name)
                if Self.order(text.span.extracting(fields[index - 1].name), name) == 0 {
                    return .duplicateName(String(decoding: text[fields[index].name], as: UTF8.self))
                }
            }
        }
        stringForm.reserveCapacity(text.count + 8 * fields.count)
        var hasMetricName = false
        for field in fields where !field.value.isEmpty {
            guard max(field.name.count, field.value.count) <= Labels.fieldByteLimit else { return .tooLong }
            if !hasMetricName { hasMetricName = isMetricName(field.name) }
            append(field.name, to: &stringForm)
            append(field.value, to: &stringForm)
        }
        return hasMetricName ? nil : .missingMetricName
    }

    private var isSorted: Bool {
        let text = text.span
        for index in 1..<max(fields.count, 1) {
            let left = text.extracting(fields[index - 1].name), right = text.extracting(fields[index].name)
            if Self.order(left, right) >= 0 { return false }
        }
        return true
    }

    /// Compares two names; the result is below zero if `left` comes first, and zero if both are equal.
    private static func order(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        let shorter = min(left.count, right.count)
        for index in 0..<shorter where left[index] != right[index] { return Int(left[index]) - Int(right[index]) }
        return left.count - right.count
    }

    private func isMetricName(_ range: Range<Int>) -> Bool {
        let name: StaticString = "__name__"
        return text.span.extracting(range).isEqual(to: name.bytes)
    }

    /// Does the same as `Labels.append(field:to:)`, for bytes of `text`; within this module, it becomes a single copy.
    private func append(_ range: Range<Int>, to stringForm: inout [UInt8]) {
        let length = range.count
        if length < 255 {
            stringForm.append(UInt8(length))
        } else {
            stringForm.append(255)
            stringForm.append(UInt8(length & 255))
            stringForm.append(UInt8(length >> 8 & 255))
            stringForm.append(UInt8(length >> 16))
        }
        stringForm.append(contentsOf: text[range])
    }
}

/// Returns whether `bytes` are well-formed UTF-8. ASCII, which is nearly all there is, is checked eight bytes at a
/// time.
func isValidUTF8(_ bytes: Span<UInt8>) -> Bool {
    var index = 0
    var seen: UInt64 = 0
    while index &+ 8 <= bytes.count {
        seen |= bytes.rawBytes.load(littleEndian: UInt64.self, at: index)
        index &+= 8
    }
    while index < bytes.count {
        seen |= UInt64(bytes[index])
        index &+= 1
    }
    return seen & 0x8080_8080_8080_8080 == 0 || (try? UTF8Span(validating: bytes)) != nil
}
