public import KTSDBModel

/// How a set of targets is found and scraped: an entry of `scrape_configs`.
public struct ScrapeJob: Hashable, Sendable {
    /// A text format that a target may be asked for, in Prometheus' spelling; by falling preference where a job does
    /// not say.
    package enum ScrapeProtocol: String, Hashable, Sendable, CaseIterable {
        case openMetrics100 = "OpenMetricsText1.0.0"
        case openMetrics001 = "OpenMetricsText0.0.1"
        case text100 = "PrometheusText1.0.0"
        case text004 = "PrometheusText0.0.4"
    }

    /// What a body or a job may have at most; nil means no limit.
    package struct Limits: Hashable, Sendable {
        package var samples: Int?
        package var labels: Int?
        package var labelNameBytes: Int?
        package var labelValueBytes: Int?
        package var targets: Int?
        package var keptDroppedTargets: Int?
        package var bodyBytes: Int?

        /// How many bytes a body may have: when nothing is configured, enough for any real target; an endless body is
        /// an error then, and not the end. No body is larger than 2 GiB, which is as much as a buffer can hold.
        package var maximumBodyBytes: Int { min(bodyBytes ?? 256 << 20, 1 << 31 - 1) }
    }

    /// `job_name`: the label `job` of its targets, unless they say otherwise.
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
    package var fallbackProtocol: ScrapeProtocol?
    package var usesCompression = true
    package var limits: Limits
    package var names: NameScheme
    package var escaping: String
    package var reportsExtraMetrics: Bool
    package var client = HTTPClientSettings()
    /// Where its targets come from.
    package var sources: [TargetSourceEntry] = []
    package var targetRules: [RelabelRule] = []
    package var metricRules: [RelabelRule] = []
}

/// What a job takes when it does not say otherwise: the section `global`.
public struct GlobalConfiguration: Hashable, Sendable {
    /// How often targets are scraped, how long an answer may take, and how often rules are evaluated.
    public internal(set) var scrapeInterval: Duration = .seconds(60)
    /// How long a target's answer may take.
    public internal(set) var scrapeTimeout: Duration = .seconds(10)
    /// How often rules are evaluated.
    public internal(set) var evaluationInterval: Duration = .seconds(60)
    /// Labels that tell this server from others; they are added to what leaves it, not to what it stores.
    public internal(set) var externalLabels: Labels = [:]
    /// The file to which each query is written when it has ended.
    public internal(set) var queryLogFile: String?

    package var protocols: [ScrapeJob.ScrapeProtocol]?
    package var limits = ScrapeJob.Limits()
    package var names: NameScheme = .utf8
    package var escaping: String?
    package var reportsExtraMetrics = false
}
