internal import KTSDBEngine
internal import Synchronization

/// Counts the events of all scrape loops.
final class ScrapeCounters: Sendable {
    struct Values {
        var poolsCreated = 0, poolReloads = 0
        var targetLimitExceeded = 0, labelLimitsExceeded = 0
        var bodySizeLimitExceeded = 0, sampleLimitExceeded = 0, bucketLimitExceeded = 0
        var duplicateTimestamps = 0, outOfOrder = 0, outOfBounds = 0
        var exemplarsOutOfOrder = 0
        var forcedCacheFlushes = 0
        /// Scrapes, their reports included, that could not be stored.
        var unstored = 0
        /// By interval.
        var intervalLengths: [String: DurationSummary] = [:], reloadLengths: [String: DurationSummary] = [:]
        /// By job.
        var syncLengths: [String: DurationSummary] = [:]
        var syncFailures: [String: Int] = [:]
    }

    /// The current outage, which is logged once for all targets together.
    let outage = Outage()
    private let values = Mutex(Values())

    func update(_ body: (inout Values) -> Void) { values.withLock { body(&$0) } }

    /// Counts the samples and exemplars of a batch that were refused.
    func count(_ summary: CommitSummary) {
        if summary.rejections.isEmpty, summary.exemplars.outOfOrder == 0 { return }
        update { values in
            for (reason, count) in summary.rejections {
                switch reason {
                case .outOfOrder: values.outOfOrder += count
                case .duplicateTimestamp: values.duplicateTimestamps += count
                case .tooOld, .outOfBounds, .tooFarInFuture: values.outOfBounds += count
                default: break
                }
            }
            values.exemplarsOutOfOrder += summary.exemplars.outOfOrder
        }
    }

    /// Removes the figures of a job that no longer exists.
    func forget(job: String) {
        update {
            $0.syncLengths[job] = nil
            $0.syncFailures[job] = nil
        }
    }

    /// Returns the families of metrics, including those of the pools.
    func families(pools: [PoolFigures]) -> [SelfMetricFamily] {
        let values = values.withLock { $0 }
        func single(_ name: String, _ help: String, _ value: Int) -> SelfMetricFamily {
            SelfMetricFamily(
                name: "prometheus_target_" + name, help: help, kind: .counter, points: [.init(value: Double(value))])
        }
        func byJob(_ name: String, _ help: String, _ kind: SelfMetricFamily.Kind, _ value: (PoolFigures) -> Int)
            -> SelfMetricFamily
        {
            SelfMetricFamily(
                name: "prometheus_target_" + name, help: help, kind: kind,
                points: pools.map { .init(labels: [("scrape_job", $0.job)], value: Double(value($0))) })
        }
        return [
            single("scrape_pools_total", "Attempts to create a scrape pool.", values.poolsCreated),
            single("scrape_pool_reloads_total", "Reloads of scrape pools.", values.poolReloads),
            single(
                "scrape_pool_exceeded_target_limit_total", "How often a scrape pool had more targets than its limit.",
                values.targetLimitExceeded),
            single(
                "scrape_pool_exceeded_label_limits_total", "Scrapes refused for the number or length of labels.",
                values.labelLimitsExceeded),
            single(
                "scrapes_exceeded_body_size_limit_total", "Scrapes refused for the size of the body.",
                values.bodySizeLimitExceeded),
            single(
                "scrapes_exceeded_sample_limit_total", "Scrapes refused for the number of samples.",
                values.sampleLimitExceeded),
            single(
                "scrapes_exceeded_native_histogram_bucket_limit_total",
                "Scrapes refused for a native histogram whose buckets could not be merged to the limit.",
                values.bucketLimitExceeded),
            single(
                "scrapes_sample_duplicate_timestamp_total",
                "Samples refused because their series had another value at that time.",
                values.duplicateTimestamps),
            single(
                "scrapes_sample_out_of_order_total", "Samples refused because their series had a later one.",
                values.outOfOrder),
            single(
                "scrapes_sample_out_of_bounds_total",
                "Samples refused because they were too old or too far in the future.",
                values.outOfBounds),
            single(
                "scrapes_exemplar_out_of_order_total", "Exemplars refused because their series had a later one.",
                values.exemplarsOutOfOrder),
            single(
                "scrapes_cache_flush_forced_total",
                "How often a cache was emptied because it grew while scrapes failed.",
                values.forcedCacheFlushes),
            SelfMetricFamily(
                name: "ktsdb_scrapes_not_stored_total",
                help: "Scrapes whose samples could not be stored: the disk was full, gone or failing.", kind: .counter,
                points: [.init(value: Double(values.unstored))]),
            byJob("scrape_pool_targets", "Targets of a scrape pool.", .gauge, \.targets),
            byJob(
                "scrape_pool_target_limit", "Targets a scrape pool may have; 0 means any number.", .gauge, \.targetLimit
            ),
            byJob("scrape_pool_sync_total", "Updates of a scrape pool's targets.", .counter) { pool in
                values.syncLengths[pool.job]?.count ?? 0
            },
            byJob("sync_failed_total", "Discovered targets that were invalid.", .counter) { pool in
                values.syncFailures[pool.job] ?? 0
            },
            byJob(
                "metadata_cache_entries", "Entries of metric metadata that the targets of a job have.", .gauge,
                \.metadata.entries),
            byJob("metadata_cache_bytes", "Bytes of metadata that a job's targets have.", .gauge, \.metadata.bytes),
            SelfMetricFamily(
                name: "prometheus_target_sync_length_seconds",
                help: "How long updates of a scrape pool's targets took.",
                kind: .summary,
                points: values.syncLengths.sorted { $0.key < $1.key }.flatMap {
                    $0.value.points([("scrape_job", $0.key)])
                }),
            SelfMetricFamily(
                name: "prometheus_target_interval_length_seconds", help: "Time between the scrapes of a target.",
                kind: .summary,
                points: values.intervalLengths.sorted { $0.key < $1.key }.flatMap {
                    $0.value.points([("interval", $0.key)])
                }),
            SelfMetricFamily(
                name: "prometheus_target_reload_length_seconds",
                help: "How long it took to apply a changed job.", kind: .summary,
                points: values.reloadLengths.sorted { $0.key < $1.key }.flatMap {
                    $0.value.points([("interval", $0.key)])
                }),
        ]
    }
}

/// A period in which samples could not be stored.
final class Outage: Sendable {
    private let isUnderWay = Atomic(false)

    /// Begins the outage; returns false if it has begun already.
    func begin() -> Bool { !isUnderWay.exchange(true, ordering: .relaxed) }

    /// Ends the outage, if one is under way.
    func end() {
        if isUnderWay.load(ordering: .relaxed) { isUnderWay.store(false, ordering: .relaxed) }
    }
}

/// The figures of one scrape pool.
struct PoolFigures {
    var job: String
    var targets: Int
    var targetLimit: Int
    var metadata = MetadataSize()
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
