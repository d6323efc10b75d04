/// What is made of the histograms in a scrape body.
package struct HistogramOptions: Hashable, Sendable {
    /// Whether native histograms are read; otherwise, such a histogram is read like a classic one.
    package var readsNative = false
    /// Whether classic histograms become native ones with custom buckets.
    package var convertsClassic = false
    /// Whether the classic series are kept in addition to a native histogram.
    package var keepsClassic = false

    package init() {}
}
