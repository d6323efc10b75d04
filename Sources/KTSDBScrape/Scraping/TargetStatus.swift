public import KTSDBModel
internal import PrometheusWire
internal import Synchronization

/// How a target does.
public enum TargetHealth: String, Hashable, Sendable {
    /// The last scrape succeeded, failed, or there has been none.
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
    /// Where its body is.
    public var scrapeURL: String
    /// Why the last scrape failed; empty when it did not.
    public var lastError = ""
    /// When the last scrape began; nil when there has been none.
    public var lastScrape: Timestamp?
    /// How long the last scrape took.
    public var lastScrapeDuration: Duration = .zero
    /// How the target does.
    public var health: TargetHealth = .unknown
    /// How often it is scraped, such as `15s`.
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

/// A target that relabelling drops.
public struct DroppedTarget: Hashable, Sendable {
    /// The labels before relabelling.
    public var discoveredLabels: Labels
    /// The job's name.
    public var scrapePool: String
}

/// All targets at one moment.
public struct TargetSnapshot: Hashable, Sendable {
    /// The targets that are scraped, by job and address.
    public var active: [ActiveTarget] = []
    /// The targets that relabelling drops, as far as `keep_dropped_targets` lets them be kept.
    public var dropped: [DroppedTarget] = []
    /// How many targets relabelling drops, by job.
    public var droppedCounts: [String: Int] = [:]

    /// No targets.
    public init() {}
}

/// What one target says about one metric.
public struct TargetMetadata: Hashable, Sendable {
    /// The target's labels.
    public var target: Labels
    /// The metric's name.
    public var metric: String
    /// What the metric is.
    public var metadata: MetricMetadata
}

/// The state of a target that others may look at while it is scraped.
final class TargetStatus: Sendable {
    private let state: Mutex<ActiveTarget>

    init(_ target: Target, job: String) {
        state = Mutex(
            ActiveTarget(
                discoveredLabels: target.discoveredLabels, labels: target.publicLabels, scrapePool: job,
                scrapeURL: target.url, scrapeInterval: PrometheusDuration.format(target.interval),
                scrapeTimeout: PrometheusDuration.format(target.timeout)))
    }

    var snapshot: ActiveTarget { state.withLock { $0 } }

    /// The same target can be found under other labels, which relabelling makes the same.
    func discover(as labels: Labels) { state.withLock { $0.discoveredLabels = labels } }

    func report(start: Timestamp, duration: Duration, error: String?) {
        state.withLock {
            $0.lastScrape = start
            $0.lastScrapeDuration = duration
            $0.lastError = error ?? ""
            $0.health = error == nil ? .up : .down
        }
    }

    /// Keeps what an earlier loop of the same target reported.
    func takeOver(from predecessor: TargetStatus) {
        let earlier = predecessor.snapshot
        state.withLock {
            $0.lastScrape = earlier.lastScrape
            $0.lastScrapeDuration = earlier.lastScrapeDuration
            $0.lastError = earlier.lastError
            $0.health = earlier.health
        }
    }
}
