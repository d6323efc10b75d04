package import KTSDBModel

/// Reads a remote write 1.0 request (`prometheus.WriteRequest`), series by series, without building it.
///
/// The labels of a series are returned as the raw bytes of their fields, so that a receiver with a raw label cache
/// parses labels only for series it has not seen. Samples are appended to columns. Nothing is allocated per series, and
/// nothing throws: a damaged message ends early with ``isMalformed`` set, and none of it should be stored then.
///
/// Most series consist of their labels and one sample, and most labels are known. A decoder that ``assumesLabels``
/// looks only at the end of a series: if it reads like one sample, everything before it is assumed to be labels. That
/// is right if the receiver has seen these bytes before as labels; for others, ``areLabels(_:in:)`` has to confirm it.
/// If it does not, the message must be read again without this assumption.
///
/// ```swift
/// decoder.begin(message.count)
/// while decoder.next(in: message, samples: &columns) {
///     // decoder.rawLabels, decoder.labels(at:in:into:); the new samples are those from columns' old count on
/// }
/// guard !decoder.isMalformed else { … }
/// ```
package struct WriteRequestDecoder {
    private var cursor = ProtobufCursor(0..<0)
    private var series = 0..<0
    private var scratch = LabelScratch()
    private var assumesLabels = false

    /// Where in the message the label fields of the current series are: the input of ``labels(at:in:into:)``.
    package private(set) var rawLabels = 0..<0
    /// Whether these bytes are the label fields and nothing else, so that equal bytes mean equal labels. This is false
    /// if the label fields are not contiguous.
    package private(set) var rawLabelsAreWhole = true
    /// Whether the message is malformed; the series before the damage were returned.
    package private(set) var isMalformed = false
    /// Where the exemplars of the current series are: the input of ``exemplar(at:in:labels:)``.
    package private(set) var exemplars: [Range<Int>] = []
    /// The number of native histograms so far; they are among the samples, and so are the markers that end their
    /// series.
    package private(set) var histogramCount = 0
    /// Where the metadata entries so far are: the input of ``metadata(at:in:)``.
    package private(set) var metadata: [Range<Int>] = []

    /// Creates a decoder that can read any number of messages, one after the other.
    package init() {}

    /// Begins a message of `count` bytes; with `assumingLabels`, assumes labels wherever a series ends like one sample.
    package mutating func begin(_ count: Int, assumingLabels: Bool = false) {
        cursor = ProtobufCursor(0..<count)
        assumesLabels = assumingLabels
        isMalformed = false
        histogramCount = 0
        metadata.removeAll(keepingCapacity: true)
    }

    /// Moves to the next series and appends its samples to `samples`. Returns false at the end of the message and at
    /// damage.
    package mutating func next(in message: Span<UInt8>, samples: inout SampleColumns) -> Bool {
        precondition(cursor.end == message.count, "A decoder must be given the message it began with.")
        while cursor.hasMore {
            let tag = cursor.tag(in: message)
            if tag == Field.timeSeries {
                series = cursor.field(in: message)
                if !cursor.failed {
                    if assumesLabels, readLastSample(in: message, samples: &samples) { return true }
                    if readSeries(in: message, samples: &samples) { return true }
                }
                isMalformed = true
                return false
            }
            if tag == Field.metadata {
                metadata.append(cursor.field(in: message))
                continue
            }
            // A known field of another wire type is damage, not an unknown field.
            if tag >> 3 == Field.timeSeries >> 3 || tag >> 3 == Field.metadata >> 3 && tag != Field.metadata {
                cursor.fail()
            }
            cursor.skip(tag, in: message)
        }
        if cursor.failed { isMalformed = true }
        return false
    }

    /// Reads the sample with which the series seems to end, and takes everything before it for labels; returns false if
    /// the series ends differently.
    private mutating func readLastSample(in message: Span<UInt8>, samples: inout SampleColumns) -> Bool {
        // A time from 1971 to 2109 has six bytes; a value of 0 is left out.
        let end = series.upperBound
        guard series.count > Self.sampleBytes, message[end - 7] == UInt8(Field.timestamp) else { return false }
        var value = 0.0
        var start = end - Self.zeroSampleBytes
        if message[end - 18] == UInt8(Field.sample), message[end - 17] == 16, message[end - 16] == UInt8(Field.value) {
            start = end - Self.sampleBytes
            value = Double(bitPattern: message.rawBytes.load(littleEndian: UInt64.self, at: end - 15))
        } else if message[start] != UInt8(Field.sample) || message[start + 1] != 7 {
            return false
        }
        // With two samples or more, the assumption is known to be wrong.
        let before = start - Self.sampleBytes
        if before > series.lowerBound, message[before] == UInt8(Field.sample), message[before + 1] == 16 {
            return false
        }
        var time: Int64 = 0
        for index in 0..<6 {
            let byte = message[end - 6 + index]
            guard (byte < 0x80) == (index == 5) else { return false }
            time |= Int64(byte & 0x7F) &<< (7 &* index)
        }
        if !exemplars.isEmpty { exemplars.removeAll(keepingCapacity: true) }
        rawLabels = series.lowerBound..<start
        rawLabelsAreWhole = true
        samples.times.append(time)
        samples.values.append(value)
        return true
    }

    /// Returns whether the bytes in `range` are complete label fields and nothing else.
    package func areLabels(_ range: Range<Int>, in message: Span<UInt8>) -> Bool {
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            guard fields.tag(in: message) == Field.label else { return false }
            _ = fields.field(in: message)
        }
        return !fields.failed
    }

    /// The length of a sample in bytes, including its own tag and length; and that of one whose value is 0.
    private static let sampleBytes = 18, zeroSampleBytes = 9

    private mutating func readSeries(in message: Span<UInt8>, samples: inout SampleColumns) -> Bool {
        var fields = ProtobufCursor(series)
        var labelsStart = -1, labelsEnd = -1
        var isScattered = false
        if !exemplars.isEmpty { exemplars.removeAll(keepingCapacity: true) }
        while fields.hasMore {
            let start = fields.position
            let tag = fields.tag(in: message)
            switch tag {
            case Field.sample:
                let range = fields.field(in: message)
                var sample = ProtobufCursor(range)
                var value = 0.0
                var time: Int64 = 0
                while sample.hasMore {
                    let tag = sample.tag(in: message)
                    if tag == Field.value {
                        value = sample.double(in: message)
                    } else if tag == Field.timestamp {
                        time = Int64(bitPattern: sample.varint(in: message))
                    } else {
                        if tag >> 3 <= 2 { sample.fail() }
                        sample.skip(tag, in: message)
                    }
                }
                if sample.failed { fields.fail() }
                samples.times.append(time)
                samples.values.append(value)
            case Field.label:
                _ = fields.field(in: message)
                if labelsStart < 0 { labelsStart = start } else if labelsEnd != start { isScattered = true }
                labelsEnd = fields.position
            default:
                if tag == Field.histogram {
                    histogramCount &+= 1
                    let range = fields.field(in: message)
                    if fields.failed || !Self.appendHistogram(range, in: message, to: &samples) { fields.fail() }
                    continue
                }
                if tag == Field.exemplar {
                    exemplars.append(fields.field(in: message))
                    continue
                }
                if tag >> 3 <= 4 { fields.fail() }
                fields.skip(tag, in: message)
            }
        }
        rawLabels = isScattered ? series : max(labelsStart, 0)..<max(labelsEnd, 0)
        rawLabelsAreWhole = !isScattered
        return !fields.failed
    }

    /// Returns the exemplar in `range`, and the string form of its labels in `labels`; nil if it is malformed. A time
    /// of 0 means that it has none.
    package mutating func exemplar(
        at range: Range<Int>, in message: Span<UInt8>, labels: inout [UInt8]
    ) -> (value: Double, timestamp: Timestamp?)? {
        var fields = ProtobufCursor(range), value = 0.0, time: Int64 = 0
        while fields.hasMore {
            let tag = fields.tag(in: message)
            switch tag {
            case Field.exemplarValue: value = fields.double(in: message)
            case Field.exemplarTime: time = Int64(bitPattern: fields.varint(in: message))
            default:
                if tag >> 3 <= 3, tag != Field.label { fields.fail() }
                fields.skip(tag, in: message)
            }
        }
        guard !fields.failed else { return nil }
        if let problem = self.labels(at: range, in: message, into: &labels), problem != .missingMetricName {
            return nil
        }
        return (value, time == 0 ? nil : Timestamp(milliseconds: time))
    }

    /// Returns the metadata entry in `range`; nil if it is malformed.
    package func metadata(at range: Range<Int>, in message: Span<UInt8>) -> (name: String, metadata: MetricMetadata)? {
        var fields = ProtobufCursor(range), name = "", metadata = MetricMetadata()
        while fields.hasMore {
            let tag = fields.tag(in: message)
            switch tag {
            case Field.metadataType:
                let type = fields.varint(in: message)
                metadata.type = type < UInt64(Self.metadataTypes.count) ? Self.metadataTypes[Int(type)] : "unknown"
            case Field.familyName: name = text(fields.field(in: message), message)
            case Field.help: metadata.help = text(fields.field(in: message), message)
            case Field.unit: metadata.unit = text(fields.field(in: message), message)
            default: fields.skip(tag, in: message)
            }
        }
        return fields.failed || name.isEmpty ? nil : (name, metadata)
    }

    private func text(_ range: Range<Int>, _ message: Span<UInt8>) -> String {
        message.extracting(range).text
    }

    /// The names of `MetricMetadata.MetricType`, by number.
    package static let metadataTypes = [
        "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset",
    ]

    /// Replaces `stringForm` with the string form of the labels whose fields are in `range`. Empty labels are left out;
    /// the others may come in any order. Returns the problem with them, or nil.
    package mutating func labels(
        at range: Range<Int>, in message: Span<UInt8>, into stringForm: inout [UInt8]
    ) -> LabelProblem? {
        scratch.removeAll()
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: message)
            guard tag == Field.label else {
                fields.skip(tag, in: message)
                continue
            }
            var label = ProtobufCursor(fields.field(in: message))
            var name = 0..<0, value = 0..<0
            while label.hasMore {
                let tag = label.tag(in: message)
                switch tag {
                case Field.name: name = label.field(in: message)
                case Field.text: value = label.field(in: message)
                default:
                    if tag >> 3 <= 2 { label.fail() }
                    label.skip(tag, in: message)
                }
            }
            guard !label.failed && !name.isEmpty && isValidUTF8(message.extracting(name)),
                isValidUTF8(message.extracting(value))
            else { return .invalidText }
            append(message.extracting(name), to: &scratch.text)
            scratch.endName()
            append(message.extracting(value), to: &scratch.text)
            scratch.endValue()
        }
        return fields.failed ? .invalidText : scratch.write(into: &stringForm)
    }

    /// The field numbers of `WriteRequest`, `TimeSeries`, `Sample`, `Label`, `Exemplar` and `MetricMetadata`, with
    /// their wire types.
    enum Field {
        static let timeSeries: UInt64 = 1 << 3 | 2, metadata: UInt64 = 3 << 3 | 2
        static let label: UInt64 = 1 << 3 | 2, sample: UInt64 = 2 << 3 | 2
        static let exemplar: UInt64 = 3 << 3 | 2, histogram: UInt64 = 4 << 3 | 2
        static let value: UInt64 = 1 << 3 | 1, timestamp: UInt64 = 2 << 3
        static let name: UInt64 = 1 << 3 | 2, text: UInt64 = 2 << 3 | 2
        static let exemplarValue: UInt64 = 2 << 3 | 1, exemplarTime: UInt64 = 3 << 3
        static let metadataType: UInt64 = 1 << 3, familyName: UInt64 = 2 << 3 | 2, help: UInt64 = 4 << 3 | 2
        static let unit: UInt64 = 5 << 3 | 2
    }
}

private func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) { text.append(bytes) }
