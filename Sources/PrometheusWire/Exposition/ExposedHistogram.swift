internal import KTSDBModel

/// The fields of a message `Histogram`; reused, so that reading one does not allocate in the long run.
struct ExposedHistogram {
    struct Bucket {
        var bound = 0.0
        var count = 0.0
        /// The message of its exemplar; empty without one.
        var exemplar = 0..<0
    }

    /// The classic buckets, in the order of the message.
    private(set) var buckets: [Bucket] = []
    /// The messages of the exemplars that belong to the whole.
    private(set) var exemplars: [Range<Int>] = []
    /// In milliseconds; 0 if it is missing.
    private(set) var start: Int64 = 0
    private(set) var sum = 0.0
    private var integerCount = 0.0, floatCount = 0.0
    private var integerZeroCount = 0.0, floatZeroCount = 0.0
    private var schema: Int64 = 0
    private var zeroThreshold = 0.0
    private var positive = HistogramMessage.Buckets(), negative = HistogramMessage.Buckets()

    /// The number of all observations.
    var count: Double { floatCount == 0 ? integerCount : floatCount }

    /// Whether it is a native histogram. One without observations and with a zero bucket of no width says so with an
    /// empty span.
    var isNative: Bool {
        !positive.spans.isEmpty || !negative.spans.isEmpty || zeroThreshold > 0 || integerZeroCount > 0
    }

    /// Reads the message in `range`; returns false if it is malformed.
    mutating func read(_ range: Range<Int>, in page: Span<UInt8>) -> Bool {
        typealias Field = MetricField.Histogram
        removeAll()
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: page)
            switch tag {
            case Field.bucket: addBucket(fields.field(in: page), page, &fields)
            case Field.count: integerCount = Double(fields.varint(in: page))
            case Field.sum: sum = fields.double(in: page)
            case Field.floatCount: floatCount = fields.double(in: page)
            case Field.schema: schema = HistogramMessage.unzigzag(fields.varint(in: page))
            case Field.zeroThreshold: zeroThreshold = fields.double(in: page)
            case Field.zeroCount: integerZeroCount = Double(fields.varint(in: page))
            case Field.floatZeroCount: floatZeroCount = fields.double(in: page)
            case Field.negativeSpan: HistogramMessage.readSpan(&fields, in: page, into: &negative.spans)
            case Field.positiveSpan: HistogramMessage.readSpan(&fields, in: page, into: &positive.spans)
            case Field.start: start = ProtobufTime.milliseconds(fields.field(in: page), in: page) ?? 0
            case Field.exemplar: exemplars.append(fields.field(in: page))
            default: readRepeated(tag, &fields, page)
            }
        }
        return !fields.failed
    }

    private mutating func readRepeated(_ tag: UInt64, _ fields: inout ProtobufCursor, _ page: Span<UInt8>) {
        typealias Field = MetricField.Histogram
        typealias Message = HistogramMessage
        switch tag >> 3 {
        case Field.negativeDeltas:
            Message.readRepeated(tag, &fields, in: page, areIntegers: true) {
                negative.add(delta: Message.unzigzag($0.varint(in: page)))
            }
        case Field.positiveDeltas:
            Message.readRepeated(tag, &fields, in: page, areIntegers: true) {
                positive.add(delta: Message.unzigzag($0.varint(in: page)))
            }
        case Field.negativeCounts:
            Message.readRepeated(tag, &fields, in: page) { negative.counts.append($0.double(in: page)) }
        case Field.positiveCounts:
            Message.readRepeated(tag, &fields, in: page) { positive.counts.append($0.double(in: page)) }
        case 0...16: fields.fail()
        default: fields.skip(tag, in: page)
        }
    }

    private mutating func addBucket(_ range: Range<Int>, _ page: Span<UInt8>, _ outer: inout ProtobufCursor) {
        typealias Field = MetricField.Bucket
        var bucket = Bucket(), floatCount = 0.0
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: page)
            switch tag {
            case Field.count: bucket.count = Double(fields.varint(in: page))
            case Field.bound: bucket.bound = fields.double(in: page)
            case Field.floatCount: floatCount = fields.double(in: page)
            case Field.exemplar: bucket.exemplar = fields.field(in: page)
            default: if tag >> 3 <= 4 { fields.fail() } else { fields.skip(tag, in: page) }
            }
        }
        if fields.failed { outer.fail() }
        if floatCount != 0 { bucket.count = floatCount }
        buckets.append(bucket)
    }

    private mutating func removeAll() {
        buckets.removeAll(keepingCapacity: true)
        if !exemplars.isEmpty { exemplars.removeAll(keepingCapacity: true) }
        (start, sum, schema, zeroThreshold) = (0, 0, 0, 0)
        (integerCount, floatCount, integerZeroCount, floatZeroCount) = (0, 0, 0, 0)
        if isNative || !positive.counts.isEmpty || !positive.integers.isEmpty { positive = HistogramMessage.Buckets() }
        negative = HistogramMessage.Buckets()
    }

    // MARK: What it becomes

    /// Returns the native histogram. The caller must validate it before storing it.
    func native(isGauge: Bool) -> Histogram {
        let isFloat = floatCount > 0 || floatZeroCount > 0
        var histogram = Histogram(
            counterResetHint: isGauge ? .gauge : .unknown, schema: Int32(clamping: schema),
            zeroThreshold: zeroThreshold, zeroCount: isFloat ? floatZeroCount : integerZeroCount,
            count: isFloat ? floatCount : integerCount, sum: sum)
        for (side, read) in [(\Histogram.positive, positive), (\Histogram.negative, negative)] {
            histogram[keyPath: side] = HistogramBuckets(
                spans: read.spans, counts: isFloat ? read.counts : read.integers)
        }
        histogram.reduceToKeptSchema()
        // Compaction relies on spans that fit the counts.
        if (try? histogram.validate()) != nil { histogram.compact() }
        return histogram
    }

    /// Returns the classic buckets as a native histogram with custom ones.
    func converted(isGauge: Bool, with builder: inout ClassicBuckets) throws(ClassicBuckets.Problem) -> Histogram {
        builder.removeAll()
        builder.setCount(count)
        builder.setSum(sum)
        for bucket in buckets { builder.setBucket(upTo: bucket.bound, bucket.count) }
        var histogram = try builder.histogram()
        if isGauge { histogram.counterResetHint = .gauge }
        return histogram
    }
}

/// Reads a message `google.protobuf.Timestamp`.
enum ProtobufTime {
    /// Returns the time in milliseconds; nil if the message is malformed.
    static func milliseconds(_ range: Range<Int>, in page: Span<UInt8>) -> Int64? {
        typealias Field = MetricField.Time
        var seconds: Int64 = 0, nanoseconds: Int64 = 0
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let tag = fields.tag(in: page)
            switch tag {
            case Field.seconds: seconds = Int64(bitPattern: fields.varint(in: page))
            case Field.nanoseconds: nanoseconds = Int64(bitPattern: fields.varint(in: page))
            default: fields.skip(tag, in: page)
            }
        }
        return fields.failed ? nil : seconds &* 1000 &+ nanoseconds / 1_000_000
    }
}
