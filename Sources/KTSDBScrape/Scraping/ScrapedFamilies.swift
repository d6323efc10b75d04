internal import KTSDBEngine
internal import KTSDBModel
internal import PrometheusWire
internal import Synchronization

/// What a target said of its metrics: for those who ask at any time, and for the database when it is new.
final class ScrapedFamilies: Sendable {
    private struct State {
        var version = 0
        var list: [MetricFamily] = []
        /// Whether the database does not have the list yet.
        var isUnstored = false
    }

    private let state = Mutex(State())

    /// What each metric is, by name.
    var metadata: [String: MetricMetadata] {
        Dictionary(
            state.withLock { $0.list }.map { ($0.name, $0.metadata) }, uniquingKeysWith: { first, _ in first })
    }

    /// Takes what the bodies of `series` said so far, if that is new.
    func update(from series: borrowing ScrapeSeries) {
        let version = series.familiesVersion
        guard state.withLock({ $0.version != version }) else { return }
        let list = series.families
        state.withLock { $0 = State(version: version, list: list, isUnstored: true) }
    }

    /// Has the next body count as new.
    func forget() { state.withLock { $0.version = -1 } }

    /// Says what the metrics are, if the database does not know it yet.
    func store(in batch: inout Batch) {
        let list = state.withLock { $0.isUnstored ? $0.list : [] }
        for family in list { batch.setMetadata(family.metadata, of: family.name) }
    }

    /// Notes that the database has what ``store(in:)`` said.
    func noteStored() { state.withLock { $0.isUnstored = false } }
}

extension MetricFamily {
    fileprivate var metadata: MetricMetadata { MetricMetadata(type: type.rawValue, help: help, unit: unit) }
}
