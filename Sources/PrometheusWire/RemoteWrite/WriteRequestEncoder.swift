package import KTSDBModel

/// Writes a remote write 1.0 request (`prometheus.WriteRequest`), series by series.
package struct WriteRequestEncoder: ~Copyable {
    /// The message so far; compress it with ``Snappy`` for the wire.
    package private(set) var message = ByteWriter(capacity: 4096)
    private var series = ByteWriter(capacity: 1024)
    private var part = ByteWriter(capacity: 256)

    /// Starts an empty request.
    package init() {}

    /// Discards all series and keeps the memory.
    package mutating func removeAll() { message.removeAll() }

    /// Adds a series.
    package mutating func append(_ labels: Labels, _ samples: [Sample]) {
        append(labels: labels.map { ($0.name, $0.value) }, samples)
    }

    /// Adds a series whose labels are written as they are, even if they are unsorted, repeated or empty.
    package mutating func append(labels: [(String, String)], _ samples: [Sample]) {
        appendSeries(labels) { series in
            for sample in samples { Self.append(sample, to: &series) }
        }
    }

    private static func append(_ sample: Sample, to series: inout ByteWriter) {
        var part = ByteWriter(capacity: 32)
        if sample.value.bitPattern != 0 {
            append(varint: WriteRequestDecoder.Field.value, to: &part)
            for byte in 0..<8 {
                part.append(UInt8(truncatingIfNeeded: sample.value.bitPattern >> (8 * UInt64(byte))))
            }
        }
        if sample.timestamp.milliseconds != 0 {
            append(varint: WriteRequestDecoder.Field.timestamp, to: &part)
            append(varint: UInt64(bitPattern: sample.timestamp.milliseconds), to: &part)
        }
        append(field: WriteRequestDecoder.Field.sample, part, to: &series)
    }

    /// Adds a series with exemplars.
    package mutating func append(_ labels: Labels, _ samples: [Sample], exemplars: [Exemplar]) {
        appendSeries(labels.map { ($0.name, $0.value) }) { series in
            for sample in samples { Self.append(sample, to: &series) }
            for exemplar in exemplars { Self.append(exemplar, to: &series) }
        }
    }

    /// Adds the metadata of a metric.
    package mutating func append(_ metadata: MetricMetadata, of name: String) {
        part.removeAll()
        if let type = WriteRequestDecoder.metadataTypes.firstIndex(of: metadata.type), type > 0 {
            Self.append(varint: WriteRequestDecoder.Field.metadataType, to: &part)
            Self.append(varint: UInt64(type), to: &part)
        }
        for (field, text) in [
            (WriteRequestDecoder.Field.familyName, name), (WriteRequestDecoder.Field.help, metadata.help),
            (WriteRequestDecoder.Field.unit, metadata.unit),
        ] where !text.isEmpty {
            Self.append(field: field, Array(text.utf8).span, to: &part)
        }
        Self.append(field: WriteRequestDecoder.Field.metadata, part, to: &message)
    }

    private static func append(_ exemplar: Exemplar, to series: inout ByteWriter) {
        var message = ByteWriter(capacity: 64)
        for label in exemplar.labels {
            var part = ByteWriter(capacity: 64)
            append(field: WriteRequestDecoder.Field.name, Array(label.name.utf8).span, to: &part)
            append(field: WriteRequestDecoder.Field.text, Array(label.value.utf8).span, to: &part)
            append(field: WriteRequestDecoder.Field.label, part, to: &message)
        }
        append(varint: WriteRequestDecoder.Field.exemplarValue, to: &message)
        for byte in 0..<8 {
            message.append(UInt8(truncatingIfNeeded: exemplar.value.bitPattern >> (8 * UInt64(byte))))
        }
        if let timestamp = exemplar.timestamp {
            append(varint: WriteRequestDecoder.Field.exemplarTime, to: &message)
            append(varint: UInt64(bitPattern: timestamp.milliseconds), to: &message)
        }
        append(field: WriteRequestDecoder.Field.exemplar, message, to: &series)
    }

    /// Adds a series: its labels, followed by what `body` writes.
    mutating func appendSeries(_ labels: [(String, String)], _ body: (inout ByteWriter) -> Void) {
        series.removeAll()
        for (name, value) in labels {
            part.removeAll()
            Self.append(field: WriteRequestDecoder.Field.name, Array(name.utf8).span, to: &part)
            Self.append(field: WriteRequestDecoder.Field.text, Array(value.utf8).span, to: &part)
            Self.append(field: WriteRequestDecoder.Field.label, part, to: &series)
        }
        body(&series)
        Self.append(field: WriteRequestDecoder.Field.timeSeries, series, to: &message)
    }

    static func append(field: UInt64, _ bytes: borrowing ByteWriter, to writer: inout ByteWriter) {
        append(field: field, bytes.span, to: &writer)
    }

    private static func append(field: UInt64, _ bytes: Span<UInt8>, to writer: inout ByteWriter) {
        append(varint: field, to: &writer)
        append(varint: UInt64(bytes.count), to: &writer)
        writer.append(bytes)
    }

    static func append(varint: UInt64, to writer: inout ByteWriter) {
        var rest = varint
        while rest >= 128 {
            writer.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        writer.append(UInt8(rest))
    }
}
