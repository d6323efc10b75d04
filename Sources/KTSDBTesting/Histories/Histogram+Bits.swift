package import KTSDBModel

extension Histogram {
    /// The histogram that represents some bits; nil for most, which represent a float.
    package init?(bits: UInt64) {
        guard bits & 7 == 5 else { return nil }
        let count = Double(bits >> 3 & 3)
        self.init(
            schema: Int32(bits >> 5 & 3), count: 2 * count, sum: Double(bitPattern: bits),
            positive: HistogramBuckets(offset: Int32(bits >> 7 & 1), counts: [count, Double(bits >> 8 & 1023)]))
    }

    /// The bits that it was made from; 0 if it is not as it was made.
    package var bits: UInt64 { Histogram(bits: sum.bitPattern) == self ? sum.bitPattern : 0 }
}
