internal import CLibrary
internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

extension HistogramOptions {
    /// Takes the fields about histograms from a section.
    init(taking section: inout YAMLSection, defaults: Self = Self()) throws(ConfigurationError) {
        self.init()
        readsNative = try section.take("scrape_native_histograms")?.bool() ?? defaults.readsNative
        convertsClassic = try section.take("convert_classic_histograms_to_nhcb")?.bool() ?? defaults.convertsClassic
        keepsClassic = try section.take("always_scrape_classic_histograms")?.bool() ?? defaults.keepsClassic
    }
}

extension ScrapeJob.Limits {
    /// Takes the limits of native histograms, which only a job has; 0 counts as not given, as in Prometheus.
    mutating func takeHistogramLimits(_ section: inout YAMLSection) throws(ConfigurationError) {
        if let count = try section.take("native_histogram_bucket_limit")?.count(), count > 0 {
            histogramBuckets = count
        }
        guard let value = section.take("native_histogram_min_bucket_factor") else { return }
        histogramFactor = try value.number()
    }

    /// The finest schema whose buckets grow by the factor that is set, or more.
    package var histogramSchema: Int32 {
        let finest = Histogram.exponentialSchemas.upperBound
        guard let factor = histogramFactor, factor > 1 else { return finest }
        let schema = (-log2(log2(factor))).rounded(.down)
        guard schema < Double(finest) else { return finest }
        return max(Histogram.exponentialSchemas.lowerBound, Int32(clamping: Int(max(schema, -100))))
    }
}
