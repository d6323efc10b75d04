internal import KTSDBModel

extension MessageIndex {
    /// Reads metrics with one number each, as long as each one is the expected metric and has nothing but its value.
    mutating func passKnownScalars(
        _ parts: inout ProtobufCursor, _ family: UInt32, _ kind: FamilyKind, _ page: Span<UInt8>,
        _ samples: inout ScrapedSamples
    ) {
        let valueTag = UInt8(truncatingIfNeeded: kind.valueField), scrape = scrape
        while let metric = MetricStart(parts, page) {
            let number = expected
            guard number != Self.none else { return }
            let row = metrics[Int(number)].wholeRow
            let length = metricKeys.length(of: number, in: family, at: metric.start, before: metric.end, page)
            let value = metric.start &+ length
            guard row != Self.none, length >= 0, metric.end &- value >= 11, page[value] == valueTag,
                isPlain(value &+ 2, size: Int(page[value &+ 1]), before: metric.end, page)
            else { return }
            let found = Double(bitPattern: page.rawBytes.load(littleEndian: UInt64.self, at: value &+ 3))
            samples.append(row, found.isNaN ? .ordinaryNaN : found)
            rows[Int(row)].seen = scrape
            metrics[Int(number)].seen = scrape
            lastMetric = number
            parts.position = metric.end
        }
    }

    /// Whether a message has a number, and at most a start time that nobody asked for.
    @inline(__always)
    private func isPlain(_ start: Int, size: Int, before end: Int, _ page: Span<UInt8>) -> Bool {
        typealias Part = MetricField.Scalar
        guard size < 128, start &+ size == end, UInt64(page[start]) == Part.value else { return false }
        if size == 9 { return true }
        return !readsStartTimes && size > 11 && UInt64(page[start &+ 9]) == Part.start
            && Int(page[start &+ 10]) == size &- 11
    }

    /// Reads classic histograms, as long as each one is the expected metric and has the buckets of the last body, and
    /// nothing but counts.
    mutating func passKnownHistograms(
        _ parts: inout ProtobufCursor, _ family: UInt32, _ page: Span<UInt8>, _ samples: inout ScrapedSamples
    ) {
        while let metric = MetricStart(parts, page) {
            let number = expected
            guard number != Self.none else { return }
            let length = metricKeys.length(of: number, in: family, at: metric.start, before: metric.end, page)
            guard length >= 0 else { return }
            var message = ProtobufCursor((metric.start &+ length)..<metric.end)
            guard message.hasMore, message.tag(in: page) == MetricField.Metric.histogram else { return }
            let content = message.field(in: page)
            guard content.upperBound == metric.end else { return }
            let before = samples.count
            guard passBuckets(of: metrics[Int(number)], content, page, &samples) else {
                // It is read again from its beginning. Series that were passed are in this body.
                samples.truncate(to: before)
                return
            }
            metrics[Int(number)].seen = scrape
            lastMetric = number
            parts.position = metric.end
        }
    }

    /// Reads a histogram whose series are those of `metric`, in their order: count, sum, buckets. Returns false if it
    /// is another one.
    @inline(__always)
    private mutating func passBuckets(
        of metric: Metric, _ content: Range<Int>, _ page: Span<UInt8>, _ samples: inout ScrapedSamples
    ) -> Bool {
        typealias Part = MetricField.Histogram
        let first = Int(metric.firstField), end = first &+ Int(metric.fieldCount)
        var message = ProtobufCursor(content)
        guard metric.fieldCount > 2, fields[first].part == .count, fields[first &+ 1].part == .sum,
            message.hasMore, message.tag(in: page) == Part.count
        else { return false }
        let count = Double(message.varint(in: page))
        pass(first, count, &samples)
        guard message.hasMore, message.tag(in: page) == Part.sum else { return false }
        let sum = message.double(in: page)
        pass(first &+ 1, sum.isNaN ? .ordinaryNaN : sum, &samples)
        var place = first &+ 2, isClosed = false
        while message.hasMore {
            let tag = message.tag(in: page)
            if tag == Part.start, !readsStartTimes {
                _ = message.field(in: page)
                continue
            }
            guard tag == Part.bucket, !isClosed, place < end, let bucket = BucketStart(message.field(in: page), page),
                fields[place].bound == bucket.bound.bitPattern
            else { return false }
            pass(place, Double(bucket.count), &samples)
            place &+= 1
            isClosed = bucket.bound == .infinity
        }
        if !isClosed {
            guard place < end, fields[place].bound == Double.infinity.bitPattern else { return false }
            pass(place, count, &samples)
            place &+= 1
        }
        return place == end && !message.failed
    }

    @inline(__always)
    private mutating func pass(_ place: Int, _ value: Double, _ samples: inout ScrapedSamples) {
        let row = fieldRows[place]
        rows[Int(row)].seen = scrape
        samples.append(row, value)
    }
}

/// Where the next metric of a family is.
private struct MetricStart {
    var start: Int
    var end: Int

    /// Looks at what comes next; nil if it is not a metric of a length below 16 KiB.
    @inline(__always)
    init?(_ parts: ProtobufCursor, _ page: Span<UInt8>) {
        let position = parts.position
        guard parts.end &- position > 3, UInt64(page[position]) == MetricField.Family.metric else { return nil }
        var length = Int(page[position &+ 1])
        start = position &+ 2
        if length >= 128 {
            let next = Int(page[position &+ 2])
            guard next < 128 else { return nil }
            length = length & 127 | next &<< 7
            start = position &+ 3
        }
        end = start &+ length
        guard end <= parts.end else { return nil }
    }
}

/// A bucket that has a count and a bound, in this order, and nothing else.
private struct BucketStart {
    var count: UInt64
    var bound: Double

    @inline(__always)
    init?(_ range: Range<Int>, _ page: Span<UInt8>) {
        typealias Part = MetricField.Bucket
        var bucket = ProtobufCursor(range)
        guard bucket.hasMore, bucket.tag(in: page) == Part.count else { return nil }
        count = bucket.varint(in: page)
        guard bucket.hasMore, bucket.tag(in: page) == Part.bound else { return nil }
        bound = bucket.double(in: page)
        guard !bucket.failed, !bucket.hasMore else { return nil }
    }
}
