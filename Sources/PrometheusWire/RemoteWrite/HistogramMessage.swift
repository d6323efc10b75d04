package import KTSDBModel

/// Reads native histograms as remote write 1.0 sends them (`prometheus.Histogram`): with counts as integers, each
/// bucket as its difference to the one before, or as floats.
enum HistogramMessage {
    /// Field numbers with their wire types.
    enum Field {
        static let integerCount: UInt64 = 1 << 3, floatCount: UInt64 = 2 << 3 | 1, sum: UInt64 = 3 << 3 | 1
        static let schema: UInt64 = 4 << 3, zeroThreshold: UInt64 = 5 << 3 | 1
        static let integerZeroCount: UInt64 = 6 << 3, floatZeroCount: UInt64 = 7 << 3 | 1
        static let negativeSpan: UInt64 = 8 << 3 | 2, positiveSpan: UInt64 = 11 << 3 | 2
        static let resetHint: UInt64 = 14 << 3, timestamp: UInt64 = 15 << 3
        static let offset: UInt64 = 1 << 3, length: UInt64 = 2 << 3
        /// Numbers of repeated fields, packed or not.
        static let negativeDeltas: UInt64 = 9, negativeCounts: UInt64 = 10
        static let positiveDeltas: UInt64 = 12, positiveCounts: UInt64 = 13, customBounds: UInt64 = 16
    }

    /// The buckets of one sign while they are read.
    struct Buckets {
        var spans: [HistogramSpan] = []
        /// Counts as floats.
        var counts: [Double] = []
        /// Counts as integers.
        private(set) var integers: [Double] = []
        private var last: Int64 = 0

        mutating func add(delta: Int64) {
            last &+= delta
            integers.append(Double(last))
        }

        var buckets: HistogramBuckets { HistogramBuckets(spans: spans, counts: integers.isEmpty ? counts : integers) }
    }

    /// Reads the histogram in `range` and its time in milliseconds; returns nil if the bytes are not such a message.
    /// The caller must validate the histogram before storing it. A histogram with a finer schema than the finest one
    /// that can be stored is reduced to that.
    static func read(_ range: Range<Int>, in message: Span<UInt8>) -> (histogram: Histogram, time: Int64)? {
        var histogram = Histogram(), time: Int64 = 0
        var positive = Buckets(), negative = Buckets()
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: message)
            switch tag {
            case Field.integerCount: histogram.count = Double(fields.varint(in: message))
            case Field.floatCount: histogram.count = fields.double(in: message)
            case Field.sum: histogram.sum = fields.double(in: message)
            case Field.schema:
                guard let schema = Int32(exactly: unzigzag(fields.varint(in: message))) else { return nil }
                histogram.schema = schema
            case Field.zeroThreshold: histogram.zeroThreshold = fields.double(in: message)
            case Field.integerZeroCount: histogram.zeroCount = Double(fields.varint(in: message))
            case Field.floatZeroCount: histogram.zeroCount = fields.double(in: message)
            case Field.negativeSpan: readSpan(&fields, in: message, into: &negative.spans)
            case Field.positiveSpan: readSpan(&fields, in: message, into: &positive.spans)
            case Field.resetHint:
                let hint = UInt8(truncatingIfNeeded: min(fields.varint(in: message), 255))
                histogram.counterResetHint = Histogram.CounterResetHint(rawValue: hint) ?? .unknown
            case Field.timestamp: time = Int64(bitPattern: fields.varint(in: message))
            default:
                switch tag >> 3 {
                case Field.negativeDeltas:
                    readRepeated(tag, &fields, in: message, areIntegers: true) {
                        negative.add(delta: unzigzag($0.varint(in: message)))
                    }
                case Field.positiveDeltas:
                    readRepeated(tag, &fields, in: message, areIntegers: true) {
                        positive.add(delta: unzigzag($0.varint(in: message)))
                    }
                case Field.negativeCounts:
                    readRepeated(tag, &fields, in: message) { negative.counts.append($0.double(in: message)) }
                case Field.positiveCounts:
                    readRepeated(tag, &fields, in: message) { positive.counts.append($0.double(in: message)) }
                case Field.customBounds:
                    readRepeated(tag, &fields, in: message) { histogram.customBounds.append($0.double(in: message)) }
                case 1...15: fields.fail()
                default: fields.skip(tag, in: message)
                }
            }
        }
        histogram.positive = positive.buckets
        histogram.negative = negative.buckets
        guard !fields.failed else { return nil }
        histogram.reduceToKeptSchema()
        return (histogram, time)
    }

    static func readSpan(
        _ fields: inout ProtobufCursor, in message: Span<UInt8>, into spans: inout [HistogramSpan]
    ) {
        var span = ProtobufCursor(fields.field(in: message))
        var offset: Int64 = 0, length: UInt64 = 0
        while span.hasMore {
            let tag = span.tag(in: message)
            switch tag {
            case Field.offset: offset = unzigzag(span.varint(in: message))
            case Field.length: length = span.varint(in: message)
            default:
                if tag >> 3 <= 2 { span.fail() }
                span.skip(tag, in: message)
            }
        }
        guard !span.failed, let offset = Int32(exactly: offset), let length = UInt32(exactly: length) else {
            return fields.fail()
        }
        spans.append(HistogramSpan(offset: offset, length: length))
    }

    /// Calls `body` for each number in a field, which is a single number, or packed with any number of them.
    static func readRepeated(
        _ tag: UInt64, _ fields: inout ProtobufCursor, in message: Span<UInt8>, areIntegers isInteger: Bool = false,
        _ body: (inout ProtobufCursor) -> Void
    ) {
        guard tag & 7 == 2 else {
            // Integers are encoded as varints, all others in eight bytes.
            return tag & 7 == (isInteger ? 0 : 1) ? body(&fields) : fields.fail()
        }
        var packed = ProtobufCursor(fields.field(in: message))
        while packed.hasMore { body(&packed) }
        if packed.failed { fields.fail() }
    }

    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}

extension WriteRequestDecoder {
    /// Appends the histogram in `range` to `samples`; returns false if the bytes are not a histogram. One whose sum is
    /// the staleness marker ends the series.
    static func appendHistogram(
        _ range: Range<Int>, in message: Span<UInt8>, to samples: inout SampleColumns
    ) -> Bool {
        guard let (histogram, time) = HistogramMessage.read(range, in: message) else { return false }
        if histogram.sum.isStaleMarker {
            samples.times.append(time)
            samples.values.append(.staleMarker)
        } else {
            samples.append(histogram, at: time)
        }
        return true
    }
}

extension WriteRequestEncoder {
    /// Adds a series of histograms, with integer counts if `asIntegers`.
    package mutating func append(labels: [(String, String)], _ histograms: [HistogramSample], asIntegers: Bool) {
        appendSeries(labels) { series in
            for sample in histograms {
                var part = ByteWriter(capacity: 256)
                Self.write(sample, asIntegers: asIntegers, to: &part)
                Self.append(field: WriteRequestDecoder.Field.histogram, part, to: &series)
            }
        }
    }

    private static func write(_ sample: HistogramSample, asIntegers: Bool, to part: inout ByteWriter) {
        typealias Field = HistogramMessage.Field
        let histogram = sample.histogram
        if asIntegers {
            append(varint: Field.integerCount, to: &part)
            append(varint: UInt64(histogram.count), to: &part)
        } else {
            append(double: histogram.count, field: Field.floatCount, to: &part)
        }
        append(double: histogram.sum, field: Field.sum, to: &part)
        append(varint: Field.schema, to: &part)
        append(varint: zigzag(Int64(histogram.schema)), to: &part)
        append(double: histogram.zeroThreshold, field: Field.zeroThreshold, to: &part)
        if asIntegers {
            append(varint: Field.integerZeroCount, to: &part)
            append(varint: UInt64(histogram.zeroCount), to: &part)
        } else {
            append(double: histogram.zeroCount, field: Field.floatZeroCount, to: &part)
        }
        for (buckets, span, deltas, counts) in [
            (histogram.negative, Field.negativeSpan, Field.negativeDeltas, Field.negativeCounts),
            (histogram.positive, Field.positiveSpan, Field.positiveDeltas, Field.positiveCounts),
        ] {
            for run in buckets.spans {
                var content = ByteWriter(capacity: 16)
                append(varint: Field.offset, to: &content)
                append(varint: zigzag(Int64(run.offset)), to: &content)
                append(varint: Field.length, to: &content)
                append(varint: UInt64(run.length), to: &content)
                append(field: span, content, to: &part)
            }
            var content = ByteWriter(capacity: 64), last: Int64 = 0
            for count in buckets.counts {
                if asIntegers {
                    append(varint: zigzag(Int64(count) - last), to: &content)
                    last = Int64(count)
                } else {
                    append(double: count, to: &content)
                }
            }
            if !buckets.counts.isEmpty { append(field: (asIntegers ? deltas : counts) << 3 | 2, content, to: &part) }
        }
        append(varint: Field.resetHint, to: &part)
        append(varint: UInt64(histogram.counterResetHint.rawValue), to: &part)
        append(varint: Field.timestamp, to: &part)
        append(varint: UInt64(bitPattern: sample.timestamp.milliseconds), to: &part)
        var bounds = ByteWriter(capacity: 64)
        for bound in histogram.customBounds { append(double: bound, to: &bounds) }
        if !histogram.customBounds.isEmpty { append(field: Field.customBounds << 3 | 2, bounds, to: &part) }
    }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    private static func append(double value: Double, field: UInt64, to writer: inout ByteWriter) {
        append(varint: field, to: &writer)
        append(double: value, to: &writer)
    }

    private static func append(double value: Double, to writer: inout ByteWriter) {
        for byte in 0..<8 { writer.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64(byte)))) }
    }
}
