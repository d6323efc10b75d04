public import KTSDBModel
internal import Synchronization

extension Batch {
    /// Appends an exemplar to a series: one observation out of those that its sample at `timestamp` counts.
    ///
    /// Its time is `timestamp` unless it has one of its own. ``CommitSummary/exemplars`` says what happened to it. One
    /// that the series already has is ignored. One that comes before the newest of the series is accepted if a late
    /// sample at its time would be (``Database/Configuration/outOfOrderWindow``). Of several at one time, each must
    /// come after the one before, by value and then by the hash of the labels; others are refused. Does nothing if no
    /// exemplars are kept (``Database/Configuration/exemplarLimit``).
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

    /// Appends an exemplar to the series with these labels, which is created if it is new.
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

    /// Appends an exemplar, whose labels are in string form and well-formed, to a series that this batch knows.
    package mutating func append(
        exemplarLabels labels: Span<UInt8>, value: Double, ownTime: Timestamp?, at timestamp: Timestamp,
        toKnown series: SeriesID
    ) {
        append(
            labels, value: value, ownTime: ownTime, at: timestamp, slot: series.slot, number: series.number)
    }

    /// Appends an exemplar to the series whose labels have this string form. Both string forms, the series' and the
    /// exemplar's, must be well-formed.
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
            pending.append(series, fingerprint: Labels.fingerprint(ofStringForm: series))
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

    /// Sets the metadata of a metric; the last call for a name counts. Nothing is written if it is already known.
    ///
    /// - Returns: Whether it is accepted: not if the name is empty, or if name and texts together have more than 64
    ///   KiB.
    @discardableResult
    public mutating func setMetadata(_ metadata: MetricMetadata, of name: String) -> Bool {
        let length = name.utf8.count + metadata.type.utf8.count + metadata.unit.utf8.count + metadata.help.utf8.count
        guard !name.isEmpty, length <= MetadataTable.byteLimit else { return false }
        sideData.metadata[name] = metadata
        return true
    }

    /// Gives exemplars their series, once the pending ones are resolved.
    mutating func resolveSideData(_ resolved: [SeriesID]) {
        for index in 0..<sideData.exemplars.count where sideData.exemplars.slots[index] == Self.unresolved {
            let id = resolved[Int(sideData.exemplars.numbers[index])]
            sideData.exemplars.slots[index] = id.slot
            sideData.exemplars.numbers[index] = id.number
        }
    }

    /// Drops exemplars that have no series, and side data that would change nothing.
    /// `newest` is the time of the newest of all samples.
    mutating func finishSideData(_ policy: AcceptancePolicy, newest: Int64) {
        if !sideData.exemplars.isEmpty { dropUnknownExemplars() }
        guard !sideData.isEmpty else { return }
        self.sideData.newestSample = newest
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

    /// Does for exemplars what ``refresh()`` does for samples: those of series that were retired since they were
    /// resolved get the new ids, or are dropped without one.
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
