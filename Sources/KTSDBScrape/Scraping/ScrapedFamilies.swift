internal import KTSDBEngine
internal import KTSDBModel
internal import PrometheusWire
internal import Synchronization

/// The metadata that a target reports: kept for the API, and stored in the database when it changes.
final class ScrapedFamilies: Sendable {
    private struct State {
        var version = 0
        var list: [MetricFamily] = []
        /// The size of the list's texts in bytes.
        var byteCount = 0
        /// Whether the list still has to be stored in the database.
        var isUnstored = false
    }

    private let state = Mutex(State())

    /// The metadata of each metric, by name.
    var metadata: [String: MetricMetadata] {
        Dictionary(
            state.withLock { $0.list }.map { ($0.name, $0.metadata) }, uniquingKeysWith: { first, _ in first })
    }

    /// The number of entries, and their size in bytes.
    var size: MetadataSize { state.withLock { MetadataSize(entries: $0.list.count, bytes: $0.byteCount) } }

    /// Takes the metadata from the bodies of `series`, if it has changed.
    func update(from series: borrowing ScrapeSeries) {
        let version = series.familiesVersion
        guard state.withLock({ $0.version != version }) else { return }
        let list = series.families, byteCount = list.reduce(0) { $0 + $1.metadata.byteCount }
        state.withLock { $0 = State(version: version, list: list, byteCount: byteCount, isUnstored: true) }
    }

    /// Makes the next ``update(from:)`` take the metadata, even if it has not changed.
    func forget() { state.withLock { $0.version = -1 } }

    /// Stores the metadata, if the database does not have it yet.
    func store(in batch: inout Batch) {
        let list = state.withLock { $0.isUnstored ? $0.list : [] }
        for family in list { batch.setMetadata(family.metadata, of: family.name) }
    }

    /// Notes that the database has the metadata from ``store(in:)``.
    func noteStored() { state.withLock { $0.isUnstored = false } }
}

extension MetricFamily {
    fileprivate var metadata: MetricMetadata { MetricMetadata(type: type.rawValue, help: help, unit: unit) }
}
