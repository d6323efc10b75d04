public import KTSDBModel
internal import Synchronization

extension Database {
    /// Changes how many exemplars are kept in memory; if there are more, those stay that came last. With 0, none are
    /// kept or accepted.
    public func setExemplarLimit(_ limit: Int) {
        commit.withLock { _ in head.setExemplarLimit(limit) }
    }

    /// Returns the exemplars of the series that match all matchers of at least one list:
    /// ``ReadView/exemplars(matching:in:limits:)`` of a view that is taken now.
    public func exemplars(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [SeriesExemplars] {
        try readView().exemplars(matching: lists, in: range, limits: limits)
    }

    /// Returns the metadata of metrics, by name: ``ReadView/metadata(of:limits:)`` of a view that is taken now.
    public func metadata(
        of name: String? = nil, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [String: MetricMetadata] {
        try readView().metadata(of: name, limits: limits)
    }

    /// The latest metadata of the metrics that have series in memory, by name. Reads no block.
    public var currentMetadata: [String: MetricMetadata] { head.sideData.withLock { $0.metadata.entries } }

    /// Drops metadata of metrics that have no series in memory: blocks have it. Called after series were retired, and
    /// when many names were added.
    func pruneMetadata() {
        guard !head.sideData.withLock({ $0.metadata.isEmpty }) else { return }
        // Under the commit lock, so that no series of a name is added between the check and the removal.
        commit.withLock { _ in
            let names: [[UInt8]]
            do throws(ReadError) {
                names = try MatcherPlanner.labelValues(of: "__name__", matching: [], in: HeadPostings(head))
            } catch {
                preconditionFailure("What is in memory can be read.")
            }
            let alive = Set(names.map { String(decoding: $0, as: UTF8.self) })
            head.sideData.withLock { $0.metadata.prune { MetadataTable.isAlive($0, among: alive.contains) } }
        }
    }
}

extension Head {
    func setExemplarLimit(_ limit: Int) {
        exemplarLimit.store(max(0, limit), ordering: .relaxed)
        sideData.withLock { $0.exemplars.setLimit(limit) }
    }
}
