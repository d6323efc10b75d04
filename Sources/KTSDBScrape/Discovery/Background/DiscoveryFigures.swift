package import KTSDBModel
internal import Synchronization

/// Counts what all discoveries do, for their metrics.
package final class DiscoveryFigures: Sendable {
    private struct Key: Hashable {
        let name: String
        /// Names and values of the labels, alternating.
        let labels: [String]
    }

    private struct State {
        var counts: [Key: Double] = [:]
        var times: [Key: DurationSummary] = [:]
        var buckets: [Key: [Int]] = [:]
    }

    typealias Label = (name: String, value: String)

    /// The upper bounds of the histogram of refresh durations, in seconds.
    private static let bounds = [0.01, 0.1, 1, 10]
    /// The gauge of configurations that cannot be used at the moment.
    static let failedConfigurations = "prometheus_sd_failed_configs"
    private static let discovered = "prometheus_sd_discovered_targets"
    private static let lastUpdate = "prometheus_sd_last_update_timestamp_seconds"
    private static let failures = "prometheus_sd_refresh_failures_total"
    private static let durations = "prometheus_sd_refresh_duration_seconds"
    private static let histogram = "prometheus_sd_refresh_duration_histogram_seconds"
    private let state = Mutex(State())

    package init() {}

    // MARK: Counting

    /// Counts an event.
    func count(_ name: String, _ labels: [Label] = [], by amount: Int = 1) {
        state.withLock { $0.counts[Self.key(name, labels), default: 0] += Double(amount) }
    }

    /// Records that a job now uses the targets that its sources have found.
    package func updated(_ user: SourceSurroundings.User, config: String, targets: Int, at time: Timestamp) {
        let name: Label = ("name", user.rawValue), labels = [name, ("config", config)]
        state.withLock { state in
            state.counts[Self.key("prometheus_sd_updates_total", [name]), default: 0] += 1
            state.counts[Self.key(Self.discovered, labels)] = Double(targets)
            state.counts[Self.key(Self.lastUpdate, labels)] = Double(time.milliseconds) / 1000
        }
    }

    /// Removes the gauges of a job that no longer exists.
    package func forget(config: String, of user: SourceSurroundings.User) {
        let labels: [Label] = [("name", user.rawValue), ("config", config)]
        state.withLock { state in
            for name in [Self.discovered, Self.lastUpdate] { state.counts[Self.key(name, labels)] = nil }
        }
    }

    /// Records how long something took, for a summary.
    func observe(_ time: Duration, _ name: String, _ labels: [Label] = []) {
        state.withLock { $0.times[Self.key(name, labels), default: .init()].observe(time / .seconds(1)) }
    }

    /// Records one refresh of a source that polls.
    func refreshed(_ mechanism: String, config: String, took time: Duration, failed: Bool) {
        let labels: [Label] = [("mechanism", mechanism), ("config", config)], seconds = time / .seconds(1)
        state.withLock { state in
            state.counts[Self.key(Self.failures, labels), default: 0] += failed ? 1 : 0
            state.times[Self.key(Self.durations, labels), default: .init()].observe(seconds)
            let key = Self.key(Self.histogram, [labels[0]])
            var counts = state.buckets[key] ?? Array(repeating: 0, count: Self.bounds.count)
            for place in Self.bounds.indices where seconds <= Self.bounds[place] { counts[place] += 1 }
            state.buckets[key] = counts
            state.times[key, default: .init()].observe(seconds)
        }
    }

    private static func key(_ name: String, _ labels: [Label]) -> Key {
        Key(name: name, labels: labels.flatMap { [$0.name, $0.value] })
    }

    private static func labels(_ key: Key) -> [Label] {
        stride(from: 0, to: key.labels.count, by: 2).map { (key.labels[$0], key.labels[$0 + 1]) }
    }

    // MARK: Families

    /// Returns the families of every kind of source, with the points of `sources` added.
    package func families(_ sources: [SelfMetricFamily]) -> [SelfMetricFamily] {
        let state = state.withLock { $0 }
        return (Self.ofManagers + TargetSources.served.flatMap(\.metrics)).map { family in
            var family = family
            family.merge(Self.points(of: family, in: state))
            for source in sources where source.name == family.name { family.merge(source.points) }
            return family
        }
    }

    private static func points(of family: SelfMetricFamily, in state: State) -> [SelfMetricFamily.Point] {
        switch family.kind {
        case .counter, .gauge:
            state.counts.filter { $0.key.name == family.name }.map { .init(labels: labels($0.key), value: $0.value) }
        case .summary:
            state.times.filter { $0.key.name == family.name }.flatMap {
                $0.value.points(labels($0.key), quantiles: [0.5, 0.9, 0.99])
            }
        case .histogram:
            state.buckets.filter { $0.key.name == family.name }.flatMap { key, counts in
                buckets(labels(key), counts, state.times[key] ?? .init())
            }
        }
    }

    private static func buckets(
        _ labels: [Label], _ counts: [Int], _ times: DurationSummary
    ) -> [SelfMetricFamily.Point] {
        var points: [SelfMetricFamily.Point] = []
        for (bound, count) in zip(["0.01", "0.1", "1", "10", "+Inf"], counts + [times.count]) {
            points.append(.init(suffix: "_bucket", labels: labels + [("le", bound)], value: Double(count)))
        }
        points.append(.init(suffix: "_sum", labels: labels, value: times.sum))
        points.append(.init(suffix: "_count", labels: labels, value: Double(times.count)))
        return points
    }

    /// The families that all kinds of sources share.
    private static var ofManagers: [SelfMetricFamily] {
        func family(_ name: String, _ help: String, _ kind: SelfMetricFamily.Kind) -> SelfMetricFamily {
            SelfMetricFamily(name: name, help: help, kind: kind, points: [])
        }
        return [
            family(discovered, "Targets that the sources of a job find, before relabelling.", .gauge),
            family(failedConfigurations, "Configurations of target sources that cannot be used at the moment.", .gauge),
            family("prometheus_sd_received_updates_total", "Changes that target sources reported.", .counter),
            family("prometheus_sd_updates_total", "Changes of targets that jobs have applied.", .counter),
            family(lastUpdate, "When a change of targets was last applied, in seconds since the Unix epoch.", .gauge),
            family(failures, "Refreshes of target sources that failed.", .counter),
            family(durations, "How long refreshes of target sources took.", .summary),
            family(histogram, "How long refreshes of target sources took.", .histogram),
        ]
    }
}
