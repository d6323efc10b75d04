public import KTSDBModel
internal import Synchronization

extension Batch {
    /// Appends an exemplar to a series: one observation out of those that its sample at `timestamp` counts.
    ///
    /// Its time is `timestamp` unless it has one of its own. What becomes of it stands in ``CommitSummary/exemplars``:
    /// an exemplar that the series had last is ignored, an older one refused. Nothing happens where none are kept
    /// (``Database/Configuration/exemplarLimit``).
    public mutating func append(_ exemplar: Exemplar, at timestamp: Timestamp, to series: SeriesID) {
        let series = series.checked(by: owner)
        guard !series.isRefused else {
            exemplarCounts.unknownSeries += 1
            return
        }
        append(
            exemplar.labels.bytes.span, value: exemplar.value, ownTime: exemplar.timestamp, at: timestamp,
            slot: series.slot, number: series.number)
    }

    /// Appends an exemplar to the series with these labels, which is made if it is new.
    public mutating func append(_ exemplar: Exemplar, at timestamp: Timestamp, to labels: Labels) {
        guard !labels.isEmpty else {
            exemplarCounts.unknownSeries += 1
            return
        }
        append(
            exemplarLabels: exemplar.labels.bytes.span, value: exemplar.value, ownTime: exemplar.timestamp,
            at: timestamp,
            toStringForm: labels.bytes.span)
    }

    /// Appends an exemplar whose labels have a string form, which must be well-formed, to a series that this batch
    /// knows.
    package mutating func append(
        exemplarLabels labels: Span<UInt8>, value: Double, ownTime: Timestamp?, at timestamp: Timestamp,
        toKnown series: SeriesID
    ) {
        append(
            labels, value: value, ownTime: ownTime, at: timestamp, slot: series.slot, number: series.number)
    }

    /// Appends an exemplar to the series with this string form, which must be well-formed, as must be that of its
    /// labels.
    package mutating func append(
        exemplarLabels labels: Span<UInt8>, value: Double, ownTime: Timestamp?, at timestamp: Timestamp,
        toStringForm series: Span<UInt8>
    ) {
        guard head.exemplarLimit.load(ordering: .relaxed) > 0 else { return }
        if !pending.endsWith(series) {
            guard isWithinLimits(series) else {
                exemplarCounts.unknownSeries += 1
                return
            }
            pending.append(series, fingerprint: XXHash64.hash(series.rawBytes))
        }
        append(
            labels, value: value, ownTime: ownTime, at: timestamp, slot: Self.unresolved,
            number: UInt64(pending.count - 1))
    }

    private mutating func append(
        _ labels: Span<UInt8>, value: Double, ownTime: Timestamp?, at timestamp: Timestamp, slot: UInt32, number: UInt64
    ) {
        guard head.exemplarLimit.load(ordering: .relaxed) > 0 else { return }
        guard !Exemplar.isTooLong(labels) else {
            exemplarCounts.invalidLabels += 1
            return
        }
        sideData.exemplars.append(
            slot: slot, number: number, time: (ownTime ?? timestamp).milliseconds, value: value,
            ownsTime: ownTime != nil, labels: labels)
    }

    /// Says what a metric is; the last word counts. Nothing happens if that is known already, or if the texts have more
    /// than 64 KiB together.
    public mutating func setMetadata(_ metadata: MetricMetadata, of name: String) {
        let length = name.utf8.count + metadata.type.utf8.count + metadata.unit.utf8.count + metadata.help.utf8.count
        guard !name.isEmpty, length <= MetadataTable.byteLimit else { return }
        sideData.metadata[name] = metadata
    }

    /// Gives exemplars their series, once the pending ones are resolved, and drops those that have none.
    mutating func resolveSideData(_ resolved: [SeriesID]) {
        for index in 0..<sideData.exemplars.count where sideData.exemplars.slots[index] == Self.unresolved {
            let id = resolved[Int(sideData.exemplars.numbers[index])]
            sideData.exemplars.slots[index] = id.slot
            sideData.exemplars.numbers[index] = id.number
        }
    }

    /// Drops what has no series, and what would change nothing.
    mutating func finishSideData(_ policy: AcceptancePolicy) {
        if !sideData.exemplars.isEmpty { dropUnknownExemplars() }
        guard !sideData.isEmpty else { return }
        var sideData = CommitSideData()
        swap(&sideData, &self.sideData)
        let (reduced, dropped) = head.sideData.withLock { known in
            var sideData = sideData
            let dropped = known.reduce(&sideData, policy)
            return (sideData, dropped)
        }
        self.sideData = reduced
        exemplarCounts += dropped
    }

    /// As ``refresh()`` does for samples: series that were retired since they were resolved get their new ids;
    /// exemplars of those that did not are dropped.
    mutating func refreshSideData(_ renewed: [UInt32: SeriesID]) {
        for index in 0..<sideData.exemplars.count {
            guard let id = renewed[sideData.exemplars.slots[index]] else { continue }
            sideData.exemplars.slots[index] = id.slot
            sideData.exemplars.numbers[index] = id.number
        }
        dropUnknownExemplars()
    }

    /// Drops the exemplars of these series.
    mutating func dropExemplars(of slots: Set<UInt32>) {
        let count = sideData.exemplars.count
        let isKept = sideData.exemplars.slots.map { !slots.contains($0) }
        sideData.exemplars.filter { isKept[$0] }
        exemplarCounts.unknownSeries += count - sideData.exemplars.count
    }

    private mutating func dropUnknownExemplars() {
        let slots = sideData.exemplars.slots, numbers = sideData.exemplars.numbers
        let isKept = head.series.withLock { series in
            slots.indices.map {
                slots[$0] != SeriesID.refused.slot && series.number(of: slots[$0]) == numbers[$0]
                    && series.isLive(slots[$0])
            }
        }
        exemplarCounts.unknownSeries += isKept.count { !$0 }
        sideData.exemplars.filter { isKept[$0] }
    }
}
