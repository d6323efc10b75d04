internal import KTSDBModel

/// The exemplars, metadata and records in memory. Changed under the commit lock, or by replay.
struct HeadSideData: Sendable {
    var exemplars = ExemplarRing()
    var metadata = MetadataTable()
    var records = RecordTable()
    private(set) var counts = ExemplarCounts()

    /// Stores the side data of a commit, whose exemplars know their slots. Returns what became of the exemplars.
    @discardableResult
    mutating func apply(_ sideData: CommitSideData, _ policy: AcceptancePolicy) -> ExemplarCounts {
        var counts = ExemplarCounts()
        if exemplars.limit > 0 {
            for index in 0..<sideData.exemplars.count {
                switch exemplars.judge(sideData.exemplars, index, policy, newestSample: sideData.newestSample) {
                case .accept:
                    exemplars.append(sideData.exemplars, index)
                    counts.appended += 1
                case .acceptLate:
                    exemplars.append(sideData.exemplars, index, isLate: true)
                    counts.appended += 1
                case .repeated: counts.repeated += 1
                case .outOfOrder: counts.outOfOrder += 1
                }
            }
        }
        for (name, metadata) in sideData.metadata { self.metadata.set(metadata, of: name) }
        records.apply(sideData.records)
        self.counts += counts
        return counts
    }

    /// Drops from a batch what would change nothing, before it is logged: a target sends its exemplars and metadata
    /// again with each scrape. Returns how many exemplars were dropped.
    mutating func reduce(_ sideData: inout CommitSideData, _ policy: AcceptancePolicy) -> ExemplarCounts {
        var dropped = ExemplarCounts()
        if exemplars.limit == 0 { sideData.exemplars.removeAll() }
        let columns = sideData.exemplars, newestSample = sideData.newestSample
        sideData.exemplars.filter { index in
            switch exemplars.judge(columns, index, policy, newestSample: newestSample) {
            case .accept, .acceptLate: return true
            case .repeated: dropped.repeated += 1
            case .outOfOrder: dropped.outOfOrder += 1
            }
            return false
        }
        if !sideData.metadata.isEmpty {
            sideData.metadata = sideData.metadata.filter { metadata.entries[$0.key] != $0.value }
        }
        return dropped
    }

    /// Counts exemplars that were not judged here.
    mutating func count(_ counts: ExemplarCounts) { self.counts += counts }

    /// A copy for seals and checkpoints.
    var copy: SideDataCopy {
        SideDataCopy(exemplars: exemplars.copy, metadata: metadata.entries, records: records)
    }

    /// The bytes of memory held, about.
    var memoryByteCount: Int { exemplars.byteCount + metadata.memoryByteCount + records.byteCount }

    var statistics: ExemplarStatistics {
        var result = ExemplarStatistics()
        result.counts = counts
        result.stored = exemplars.pages.count
        result.limit = exemplars.limit
        result.series = exemplars.seriesCount
        result.bytes = exemplars.byteCount
        result.oldestTime = exemplars.pages.isEmpty ? nil : exemplars.pages[exemplars.pages.range.lowerBound].time
        result.metadataNames = metadata.count
        return result
    }
}

/// Side data and records as they were at one moment.
struct SideDataCopy: Sendable {
    var exemplars = ExemplarRingCopy()
    var metadata: [String: MetricMetadata] = [:]
    var records = RecordTable()

    var isEmpty: Bool { exemplars.pages.isEmpty && metadata.isEmpty && records.isEmpty }
}
