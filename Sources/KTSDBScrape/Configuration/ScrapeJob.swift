public import KTSDBModel
package import PrometheusWire

/// An entry of `scrape_configs`: how a set of targets is found and scraped.
public struct ScrapeJob: Hashable, Sendable {
    /// A format that a target can be asked for, in Prometheus' spelling.
    package enum ScrapeProtocol: String, Hashable, Sendable, CaseIterable {
        case protobuf = "PrometheusProto"
        case openMetrics100 = "OpenMetricsText1.0.0"
        case openMetrics001 = "OpenMetricsText0.0.1"
        case text100 = "PrometheusText1.0.0"
        case text004 = "PrometheusText0.0.4"

        /// What jobs ask for that do not say it, most wanted first: only protobuf has native histograms.
        package static func defaults(nativeHistograms: Bool) -> [ScrapeProtocol] {
            nativeHistograms ? allCases : allCases.filter { $0 != .protobuf }
        }
    }

    /// The limits of a body or a job; nil means no limit.
    package struct Limits: Hashable, Sendable {
        package var samples: Int?
        package var labels: Int?
        package var labelNameBytes: Int?
        package var labelValueBytes: Int?
        package var targets: Int?
        package var keptDroppedTargets: Int?
        package var bodyBytes: Int?
        /// The number of buckets that a native histogram may have, and the factor by which they grow at least: buckets
        /// are merged so that both hold.
        package var histogramBuckets: Int?
        package var histogramFactor: Double?

        package init() {}

        /// The maximum length of a body in bytes.
        package var maximumBodyBytes: Int { min(bodyBytes ?? BodyLimits.usualBytes, BodyLimits.mostBytes) }

        /// How many lines a body may have; nil if the job bounds it otherwise.
        package var maximumLines: Int? { samples == nil && bodyBytes == nil ? BodyLimits.usualLines : nil }
    }

    /// What the file says itself: features of the server may change the rest. Two jobs can be the same whether their
    /// files say a value or leave it out.
    package struct Choices: Hashable, Sendable {
        /// Whether it says which protocols there are, and whether there are extra metrics.
        package var protocols: Bool, extraMetrics: Bool

        package static func == (left: Self, right: Self) -> Bool { true }
        package func hash(into hasher: inout Hasher) {}
    }

    /// `job_name`: the label `job` of its targets, unless they set another one.
    public let name: String
    /// How often its targets are scraped, and how long an answer may take.
    package var interval: Duration, timeout: Duration
    package var metricsPath = "/metrics"
    package var scheme = "http"
    package var parameters: [String: [String]] = [:]
    package var honorsLabels = false
    package var honorsTimestamps = true
    package var tracksTimestampStaleness = false
    package var protocols: [ScrapeProtocol]
    package var choices: Choices
    package var fallbackProtocol: ScrapeProtocol?
    package var usesCompression = true
    /// What is made of histograms.
    package var histograms: HistogramOptions
    package var limits: Limits
    package var names: NameScheme
    package var escaping: String
    package var reportsExtraMetrics: Bool
    /// The file to which failed scrapes are written.
    package var failureLogFile: String?
    package var client = HTTPClientSettings()
    /// Where its targets come from.
    package var sources: [TargetSourceEntry] = []
    package var targetRules: [RelabelRule] = []
    package var metricRules: [RelabelRule] = []
}

/// The section `global`: the values for jobs that do not set their own.
public struct GlobalConfiguration: Hashable, Sendable {
    /// How often targets are scraped.
    public internal(set) var scrapeInterval: Duration = .seconds(60)
    /// How long a target's answer may take.
    public internal(set) var scrapeTimeout: Duration = .seconds(10)
    /// How often rules are evaluated.
    public internal(set) var evaluationInterval: Duration = .seconds(60)
    /// How far back the queries of rules look, whose group says nothing itself.
    public internal(set) var ruleQueryOffset: Duration = .zero
    /// Labels that distinguish this server from others; they are added to what leaves it, not to what it stores.
    public internal(set) var externalLabels: Labels = [:]
    /// The file to which each query is written when it has ended.
    public internal(set) var queryLogFile: String?

    package var protocols: [ScrapeJob.ScrapeProtocol]?
    package var limits = ScrapeJob.Limits()
    package var names: NameScheme = .utf8
    package var escaping: String?
    /// Nil if the file does not say it.
    package var reportsExtraMetrics: Bool?
    package var failureLogFile: String?
    package var histograms = HistogramOptions()
}
