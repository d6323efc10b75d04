/// A run of consecutive stored buckets.
@frozen
public struct HistogramSpan: Hashable, Sendable, BitwiseCopyable, Codable {
    /// The number of buckets between the previous span and this one; for the first span, the index of its first bucket.
    public var offset: Int32
    /// The number of buckets.
    public var length: UInt32

    /// Creates a span.
    public init(offset: Int32, length: UInt32) {
        self.offset = offset
        self.length = length
    }
}

/// The buckets on one side of zero: the stored indices and their counts, ascending by index.
///
/// These are two contiguous arrays. Histograms of one series mostly have equal spans and share them.
public struct HistogramBuckets: Sendable, Codable {
    /// The runs of stored buckets.
    public var spans: [HistogramSpan]
    /// One count for each bucket of the spans.
    public var counts: [Double]

    /// Creates buckets, by default none.
    public init(spans: [HistogramSpan] = [], counts: [Double] = []) {
        self.spans = spans
        self.counts = counts
    }

    /// Creates consecutive buckets, of which the first has the index `offset`.
    public init(offset: Int32, counts: [Double]) {
        spans = counts.isEmpty ? [] : [HistogramSpan(offset: offset, length: UInt32(counts.count))]
        self.counts = counts
    }

    /// Whether there are no buckets.
    public var isEmpty: Bool { counts.isEmpty }

    /// The indices of the buckets, ascending, one for each count.
    package var indices: BucketIndices { BucketIndices(spans) }
}

extension HistogramBuckets: Hashable {
    /// Whether both have the same buckets with the same counts, bit for bit, however they are divided into spans.
    public static func == (left: HistogramBuckets, right: HistogramBuckets) -> Bool {
        guard left.counts.count == right.counts.count else { return false }
        for (a, b) in zip(left.counts, right.counts) where a.bitPattern != b.bitPattern { return false }
        return left.spans == right.spans || left.indices.elementsEqual(right.indices)
    }

    /// Hashes the counts.
    public func hash(into hasher: inout Hasher) {
        for count in counts { hasher.combine(count.bitPattern) }
    }
}

/// Iterates over the indices of buckets. Any spans are safe: indices wrap around.
package struct BucketIndices: Sequence, IteratorProtocol {
    private let spans: [HistogramSpan]
    private var nextSpan = 0
    private var left: UInt32 = 0
    private var index: Int32 = 0

    init(_ spans: [HistogramSpan]) { self.spans = spans }

    package mutating func next() -> Int32? {
        while left == 0 {
            guard nextSpan < spans.count else { return nil }
            index &+= spans[nextSpan].offset
            left = spans[nextSpan].length
            nextSpan += 1
        }
        defer {
            left -= 1
            index &+= 1
        }
        return index
    }
}

/// Builds buckets from counts in ascending order of index, and joins neighbours into spans.
struct BucketBuilder {
    private(set) var buckets = HistogramBuckets()
    /// The rounding error of each count; empty if none is passed to `append`.
    private(set) var rests: [Double] = []
    private var end: Int32 = 0

    init(capacity: Int = 0) { buckets.counts.reserveCapacity(capacity) }

    mutating func append(_ index: Int32, _ count: Double) {
        if buckets.spans.isEmpty || index != end {
            buckets.spans.append(HistogramSpan(offset: index &- end, length: 1))
        } else {
            buckets.spans[buckets.spans.count - 1].length += 1
        }
        end = index &+ 1
        buckets.counts.append(count)
    }

    mutating func append(_ index: Int32, _ count: Double, rest: Double) {
        append(index, count)
        rests.append(rest)
    }
}
