public import KTSDBModel
internal import PrometheusWire

/// The health of a target.
public enum TargetHealth: String, Hashable, Sendable {
    /// The last scrape succeeded; it failed; the target has not been scraped yet.
    case up, down, unknown
}

/// A target that is scraped, as the API shows it.
public struct ActiveTarget: Hashable, Sendable {
    /// The labels before relabelling.
    public var discoveredLabels: Labels
    /// The labels that its series carry.
    public var labels: Labels
    /// The job's name.
    public var scrapePool: String
    /// The address of its body.
    public var scrapeURL: String
    /// Why the last scrape failed; empty if it succeeded.
    public var lastError = ""
    /// When the last scrape began; nil if the target has not been scraped yet.
    public var lastScrape: Timestamp?
    /// How long the last scrape took.
    public var lastScrapeDuration: Duration = .zero
    /// The target's health.
    public var health: TargetHealth = .unknown
    /// The interval between its scrapes, such as `15s`.
    public var scrapeInterval: String
    /// How long its answer may take, such as `10s`.
    public var scrapeTimeout: String

    /// ``scrapeURL`` as seen from other machines: a loopback host is replaced by `host`.
    public func globalURL(host: String) -> String {
        guard let scheme = scrapeURL.firstRange(of: "://") else { return scrapeURL }
        let rest = scrapeURL[scheme.upperBound...]
        for local in ["localhost", "127.0.0.1", "[::1]"] where rest.hasPrefix(local) {
            let tail = rest.dropFirst(local.count)
            guard let next = tail.first else { return scrapeURL[..<scheme.upperBound] + host }
            if next == ":" || next == "/" || next == "?" { return scrapeURL[..<scheme.upperBound] + host + tail }
        }
        return scrapeURL
    }
}

/// A target that was dropped by relabelling.
public struct DroppedTarget: Hashable, Sendable {
    /// The labels before relabelling.
    public var discoveredLabels: Labels
    /// The job's name.
    public var scrapePool: String
    /// Which rule drops it, such as `relabel_configs, rule 2: keep`.
    public var reason: String
}

/// All targets at one moment.
public struct TargetSnapshot: Hashable, Sendable {
    /// The targets that are scraped, by job and address.
    public var active: [ActiveTarget] = []
    /// The dropped targets, at most as many as `keep_dropped_targets` allows.
    public var dropped: [DroppedTarget] = []
    /// The number of dropped targets, by job.
    public var droppedCounts: [String: Int] = [:]

    /// Creates a snapshot without targets.
    public init() {}
}

/// One target's metadata of one metric.
public struct TargetMetadata: Hashable, Sendable {
    /// The target's labels.
    public var target: Labels
    /// The metric's name.
    public var metric: String
    /// The metric's type, unit and help.
    public var metadata: MetricMetadata
}

/// The result of the last scrape of a target.
struct TargetStatus: Sendable {
    var lastScrape: Timestamp?
    var duration: Duration = .zero
    /// Why the scrape failed; nil if it succeeded.
    var error: String?

    /// The target as the API shows it.
    func snapshot(of target: Target, job: String) -> ActiveTarget {
        var active = ActiveTarget(
            discoveredLabels: target.discoveredLabels, labels: target.publicLabels, scrapePool: job,
            scrapeURL: target.url, scrapeInterval: PrometheusDuration.format(target.interval),
            scrapeTimeout: PrometheusDuration.format(target.timeout))
        guard let lastScrape else { return active }
        active.lastScrape = lastScrape
        active.lastScrapeDuration = duration
        active.lastError = error ?? ""
        active.health = error == nil ? .up : .down
        return active
    }
}
