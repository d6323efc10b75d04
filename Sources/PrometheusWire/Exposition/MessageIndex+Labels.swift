internal import KTSDBModel

extension MessageIndex {
    /// Returns the labels of a series, including the metric name and without empty labels, whose names `emptyNames`
    /// receives.
    mutating func labels(
        of field: Field, _ reading: MetricReading, _ page: Span<UInt8>, _ emptyNames: inout [String]
    ) throws -> Labels {
        let family = families[Int(reading.family)].value, isSummary = reading.kind == .summary
        scratch.removeAll()
        switch field.part {
        case .whole: append("__name__", family.name)
        case .count: append("__name__", family.name + "_count")
        case .sum: append("__name__", family.name + "_sum")
        case .bound:
            append("__name__", isSummary ? family.name : family.name + "_bucket")
            append(isSummary ? "quantile" : "le", Self.text(of: Double(bitPattern: field.bound)))
        }
        if addsTypeAndUnit {
            if family.type != .unknown { append("__type__", family.type.rawValue) }
            if !family.unit.isEmpty { append("__unit__", family.unit) }
        }
        try appendLabels(reading, family, page, &emptyNames)
        var stringForm: [UInt8] = []
        if let problem = scratch.write(into: &stringForm) {
            throw MessageError(offset: reading.parts.labels.lowerBound, message: problem.description)
        }
        return Labels(uncheckedStringForm: stringForm)
    }

    private mutating func append(_ name: String, _ value: String) {
        scratch.text.append(contentsOf: name.utf8)
        scratch.endName()
        scratch.text.append(contentsOf: value.utf8)
        scratch.endValue()
    }

    /// Appends the labels of the message.
    private mutating func appendLabels(
        _ reading: MetricReading, _ family: MetricFamily, _ page: Span<UInt8>, _ emptyNames: inout [String]
    ) throws {
        var messages = ProtobufCursor(reading.parts.labels)
        while messages.hasMore {
            _ = messages.tag(in: page)
            guard let label = LabelMessage(messages.field(in: page), in: page) else {
                throw malformed("label", reading.parts.labels)
            }
            let name = page.extracting(label.name), value = page.extracting(label.value)
            guard !name.isEmpty, isValidUTF8(name) else { throw invalid("name", name, reading) }
            guard isValidUTF8(value) else { throw invalid("value", value, reading) }
            if overrides(name, family) { continue }
            if value.isEmpty { emptyNames.append(String(decoding: Self.bytes(name), as: UTF8.self)) }
            label.append(to: &scratch, page)
        }
    }

    private func invalid(_ what: String, _ text: Span<UInt8>, _ reading: MetricReading) -> MessageError {
        let shown = goQuoted(Array(Self.bytes(text).prefix(1000)))
        return MessageError(offset: reading.parts.labels.lowerBound, message: "invalid label \(what): \(shown)")
    }

    /// Whether a label of the message gives way to what the family says.
    private func overrides(_ name: Span<UInt8>, _ family: MetricFamily) -> Bool {
        guard addsTypeAndUnit else { return false }
        let name = Self.bytes(name)
        return family.type != .unknown && name.elementsEqual("__type__".utf8)
            || !family.unit.isEmpty && name.elementsEqual("__unit__".utf8)
    }

    /// A bound as labels have it: `1.0`, not `1`.
    private static func text(of bound: Double) -> String {
        let text = formatDouble(bound, style: .general)
        let isWhole = bound.isFinite && !text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }
        return isWhole ? text + ".0" : text
    }
}
