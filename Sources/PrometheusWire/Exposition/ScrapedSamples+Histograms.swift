package import KTSDBModel

/// Why the native histograms of a body cannot be stored.
package enum HistogramLimitError: Error, Hashable, Sendable, CustomStringConvertible {
    case invalid(HistogramError)
    /// One has more buckets than it may, and they cannot be merged.
    case buckets

    package var description: String {
        switch self {
        case .invalid(let error): error.description
        case .buckets: "histogram bucket limit exceeded"
        }
    }
}

extension ScrapedSamples {
    /// Checks the native histograms, and merges the buckets of those that are finer than `schema` or have more than
    /// `limit` of them.
    package mutating func limitHistograms(schema: Int32, buckets limit: Int) throws(HistogramLimitError) {
        for index in histograms.indices {
            do throws(HistogramError) { try histograms[index].histogram.validate() } catch { throw .invalid(error) }
            try histograms[index].histogram.limit(schema: schema, buckets: limit)
        }
    }
}

extension Histogram {
    private var bucketCount: Int { positive.counts.count + negative.counts.count }

    fileprivate mutating func limit(schema finest: Int32, buckets limit: Int) throws(HistogramLimitError) {
        if !usesCustomBuckets, schema > finest { reduce(to: finest) }
        while bucketCount > limit {
            guard !usesCustomBuckets, schema > Self.exponentialSchemas.lowerBound else { throw .buckets }
            reduce(to: schema - 1)
        }
    }
}
