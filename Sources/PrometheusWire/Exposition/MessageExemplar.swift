internal import KTSDBModel

/// Reads messages `Exemplar`.
struct MessageExemplar {
    private var scratch = LabelScratch()

    /// Returns the exemplar in `range`; nil if it is malformed, or its labels are invalid.
    mutating func read(_ range: Range<Int>, in page: Span<UInt8>) -> Exemplar? {
        typealias Field = MetricField.Exemplar
        scratch.removeAll()
        var value = 0.0, time: Int64?
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: page)
            switch tag {
            case Field.label:
                guard let label = LabelMessage(fields.field(in: page), in: page) else { return nil }
                label.append(to: &scratch, page)
            case Field.value: value = fields.double(in: page)
            case Field.timestamp: time = ProtobufTime.milliseconds(fields.field(in: page), in: page)
            default: fields.skip(tag, in: page)
            }
        }
        if fields.failed { return nil }
        var stringForm: [UInt8] = []
        if let problem = scratch.write(into: &stringForm), problem != .missingMetricName { return nil }
        return Exemplar(
            labels: Labels(uncheckedStringForm: stringForm), value: value,
            timestamp: time.map { Timestamp(milliseconds: $0) })
    }
}

/// A message `LabelPair`.
struct LabelMessage {
    private(set) var name = 0..<0
    private(set) var value = 0..<0

    /// Reads the message in `range`; nil if it is malformed.
    init?(_ range: Range<Int>, in page: Span<UInt8>) {
        typealias Field = MetricField.Label
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: page)
            switch tag {
            case Field.name: name = fields.field(in: page)
            case Field.value: value = fields.field(in: page)
            default: if tag >> 3 <= 2 { fields.fail() } else { fields.skip(tag, in: page) }
            }
        }
        if fields.failed { return nil }
    }

    /// Appends the label.
    func append(to scratch: inout LabelScratch, _ page: Span<UInt8>) {
        scratch.append(page.extracting(name))
        scratch.endName()
        scratch.append(page.extracting(value))
        scratch.endValue()
    }
}

extension LabelScratch {
    /// Appends bytes to the name or the value that is being written.
    mutating func append(_ bytes: Span<UInt8>) {
        text.reserveCapacity(text.count + bytes.count)
        for index in bytes.indices { text.append(bytes[index]) }
    }
}
