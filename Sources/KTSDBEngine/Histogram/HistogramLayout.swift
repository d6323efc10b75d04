internal import KTSDBModel

/// Everything about a histogram except its numbers: which buckets it has. Histograms of one series mostly have the same
/// layout.
///
/// Its bytes are the same in the log, in chunks and in blocks (FORMAT.md, section 8).
struct HistogramLayout: Sendable {
    let schema: Int32
    let zeroThreshold: Double
    let positive: [HistogramSpan], negative: [HistogramSpan]
    let customBounds: [Double]
    let positiveCount: Int, negativeCount: Int

    /// The most buckets that a histogram may have.
    static let bucketLimit = 1 << 16
    /// How many numbers a histogram has besides the counts of its buckets: hint, count, sum, count of the zero bucket.
    static let fixedLanes = 4
    /// The lanes of the hint and of the sum.
    static let hintLane = 0, sumLane = 2

    /// How many numbers the histogram has.
    var laneCount: Int { Self.fixedLanes + positiveCount + negativeCount }

    init(_ histogram: Histogram) {
        schema = histogram.schema
        zeroThreshold = histogram.zeroThreshold
        positive = histogram.positive.spans
        negative = histogram.negative.spans
        customBounds = histogram.customBounds
        positiveCount = histogram.positive.counts.count
        negativeCount = histogram.negative.counts.count
    }

    /// Whether the histogram has these buckets, with spans cut the same way.
    func isLayout(of histogram: Histogram) -> Bool {
        schema == histogram.schema && zeroThreshold.bitPattern == histogram.zeroThreshold.bitPattern
            && positive == histogram.positive.spans && negative == histogram.negative.spans
            && customBounds.count == histogram.customBounds.count
            && zip(customBounds, histogram.customBounds).allSatisfy { $0.bitPattern == $1.bitPattern }
    }

    /// Appends the layout's bytes.
    func encode(into buffer: inout FieldBuffer) {
        buffer.append(zigzag: Int64(schema))
        buffer.append(coded: zeroThreshold)
        for spans in [positive, negative] {
            buffer.append(varint: UInt64(spans.count))
            for span in spans {
                buffer.append(zigzag: Int64(span.offset))
                buffer.append(varint: UInt64(span.length))
            }
        }
        buffer.append(varint: UInt64(customBounds.count))
        for bound in customBounds { buffer.append(coded: bound) }
    }

    /// Reads a layout; nil when the bytes are not a layout that a histogram may have.
    init?(_ cursor: inout FieldCursor, in bytes: RawSpan) {
        guard let schema = cursor.zigzag(in: bytes).flatMap(Int32.init(exactly:)),
            let zeroThreshold = cursor.coded(in: bytes), let positive = Self.spans(&cursor, in: bytes),
            let negative = Self.spans(&cursor, in: bytes), let boundCount = cursor.count(in: bytes)
        else { return nil }
        var bounds: [Double] = []
        bounds.reserveCapacity(boundCount)
        for _ in 0..<boundCount {
            guard let bound = cursor.coded(in: bytes) else { return nil }
            bounds.append(bound)
        }
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.positive = positive.spans
        self.negative = negative.spans
        customBounds = bounds
        positiveCount = positive.count
        negativeCount = negative.count
        let empty = histogram { _ in 0 }
        guard positiveCount + negativeCount <= Self.bucketLimit, let empty, (try? empty.validate()) != nil else {
            return nil
        }
    }

    private static func spans(
        _ cursor: inout FieldCursor, in bytes: RawSpan
    ) -> (spans: [HistogramSpan], count: Int)? {
        guard let count = cursor.count(in: bytes) else { return nil }
        var spans: [HistogramSpan] = [], total = 0
        spans.reserveCapacity(count)
        for _ in 0..<count {
            guard let offset = cursor.zigzag(in: bytes).flatMap(Int32.init(exactly:)),
                let length = cursor.varint(in: bytes), length <= UInt64(bucketLimit)
            else { return nil }
            total += Int(length)
            guard total <= bucketLimit else { return nil }
            spans.append(HistogramSpan(offset: offset, length: UInt32(length)))
        }
        return (spans, total)
    }

    /// Returns the histogram with these numbers; nil when the first one is not a hint.
    func histogram(_ lane: (Int) -> Double) -> Histogram? {
        guard let number = UInt8(exactly: lane(Self.hintLane)), let hint = Histogram.CounterResetHint(rawValue: number)
        else { return nil }
        let first = Self.fixedLanes, middle = first + positiveCount
        return Histogram(
            counterResetHint: hint, schema: schema, zeroThreshold: zeroThreshold, zeroCount: lane(3), count: lane(1),
            sum: lane(Self.sumLane),
            positive: HistogramBuckets(spans: positive, counts: (first..<middle).map(lane)),
            negative: HistogramBuckets(spans: negative, counts: (middle..<(middle + negativeCount)).map(lane)),
            customBounds: customBounds)
    }
}

extension Histogram {
    /// Calls `body` with all numbers of the histogram, in the order of its lanes.
    func forEachLane(_ body: (Double) -> Void) {
        body(Double(counterResetHint.rawValue))
        body(count)
        body(sum)
        body(zeroCount)
        for count in positive.counts { body(count) }
        for count in negative.counts { body(count) }
    }

    /// 64 bits that take the place of a float's value: the xxHash64 of the layout's bytes and of the bits of all
    /// numbers except the hint. Samples are judged by the digest, so it must never change (FORMAT.md, section 8).
    var digest: UInt64 {
        var buffer = FieldBuffer(capacity: 64 + 8 * (positive.counts.count + negative.counts.count))
        HistogramLayout(self).encode(into: &buffer)
        var isHint = true
        forEachLane { number in
            if !isHint { buffer.append(littleEndian: number.bitPattern) }
            isHint = false
        }
        return XXHash64.hash(buffer.bytes)
    }

    /// Whether the engine can store the histogram.
    var isStorable: Bool {
        positive.counts.count + negative.counts.count <= HistogramLayout.bucketLimit && (try? validate()) != nil
    }

    /// Returns the hint to store for a histogram that follows `last` in its series: what is known when it arrives, as
    /// in Prometheus. A reset is found again by comparing, so it is stored as `unknown`.
    func storedHint(after last: Histogram?) -> CounterResetHint {
        if counterResetHint == .gauge { return .gauge }
        guard let last, last.counterResetHint != .gauge, counterResetHint != .reset, last.schema == schema,
            last.zeroThreshold == zeroThreshold, last.customBounds == customBounds
        else { return .unknown }
        var compared = self
        compared.counterResetHint = .unknown
        return compared.isReset(from: last) ? .unknown : .notReset
    }
}

extension FieldBuffer {
    /// Appends a double as a byte with its code in ``ValueCode``, followed by as many bytes as the code says.
    mutating func append(coded value: Double) {
        let (code, bytes) = ValueCode.encode(value.bitPattern, previous: ~value.bitPattern)
        append(code)
        for place in 0..<ValueCode.byteCount(code) { append(UInt8(truncatingIfNeeded: bytes >> UInt64(8 * place))) }
    }
}

extension FieldCursor {
    /// Reads a double that ``FieldBuffer/append(coded:)`` wrote.
    mutating func coded(in bytes: RawSpan) -> Double? {
        guard let code = byte(in: bytes), code < 16, code != ValueCode.repeated else { return nil }
        var word: UInt64 = 0
        for place in 0..<ValueCode.byteCount(code) {
            guard let byte = byte(in: bytes) else { return nil }
            word |= UInt64(byte) << UInt64(8 * place)
        }
        return Double(bitPattern: ValueCode.decode(code, bytes: word, previous: 0))
    }
}
