public import KTSDBModel
internal import Synchronization

/// Samples that are committed together: all of them or none, even after a crash.
///
/// A batch exists only inside the closure of `Database.append`, and is used by that closure's thread alone. Samples of
/// one series may come in any order; it is cheapest if they ascend in time. What is wrong is counted in the
/// ``CommitSummary``, not thrown.
public struct Batch: ~Copyable {
    let head: Head
    /// The mark that the ids of this database's series carry.
    @usableFromInline let owner: UInt32
    /// The epoch in which the batch was begun; it keeps the slots that the batch names from being given away.
    let epoch: UInt32
    var slots = Column<UInt32>()
    var numbers = Column<UInt64>()
    var times = Column<Int64>()
    var values = Column<Double>()
    /// How many samples the four columns have room for.
    private var room = 0
    /// The samples' histograms and start times; empty for plain floats.
    var details = SampleDetails()
    /// Exemplars and metadata; empty in most batches.
    var sideData = CommitSideData()
    var exemplarCounts = ExemplarCounts()
    var rejections = RejectionCounts()
    /// What happens to a sample of this batch if its series has another value at the same time; nil for what the
    /// database's configuration says. With ``DuplicatePolicy/keepLast``, the batch corrects samples: it overwrites what
    /// is stored at its times, in blocks as well. Views that are open do not change.
    public var duplicates: DuplicatePolicy?
    var pending = PendingSeries()
    /// The series that this batch has made.
    var created: [SeriesID] = []
    /// The earliest and the latest time of its samples, once it is finished.
    private(set) var earliest = Int64.max, latest = Int64.min
    /// Whether samples were appended with ids that this batch did not resolve itself, or with none.
    @usableFromInline var hasForeignIDs = false

    /// The value in `slots` for a series that is resolved at the end; its place in `pending` is in `numbers`.
    static let unresolved = UInt32.max - 1

    init(head: Head) {
        self.head = head
        owner = head.owner
        epoch = head.epochs.openBatch()
    }

    deinit { head.epochs.closeBatch(epoch) }

    /// The number of samples so far.
    public var count: Int { slots.count }

    /// Returns the series with these labels, which is created if it is new: resolve once, append often. Costs one hash
    /// and one look-up.
    ///
    /// If the labels are empty or over a limit, or if there are too many series, appends to the returned id are counted
    /// as rejected.
    public mutating func series(_ labels: Labels) -> SeriesID {
        guard !labels.isEmpty else { return .withoutLabels }
        guard isWithinLimits(labels.bytes.span) else { return .overLabelLimit }
        return head.resolve(labels, created: &created)
    }

    /// Whether the series is still in memory; if not, resolve it again.
    public func isCurrent(_ series: SeriesID) -> Bool {
        series.owner == owner
            && head.series.withLock { $0.number(of: series.slot) == series.number && $0.isLive(series.slot) }
    }

    /// Appends a sample to a series, without hashing or allocating.
    @inlinable
    public mutating func append(_ value: Double, at timestamp: Timestamp, to series: SeriesID) {
        hasForeignIDs = true
        let series = series.checked(by: owner)
        append(value, at: timestamp.milliseconds, slot: series.slot, number: series.number)
    }

    /// Appends a sample to the series with these labels, which is created if it is new.
    public mutating func append(_ value: Double, at timestamp: Timestamp, to labels: Labels) {
        guard !labels.isEmpty else { return rejections.add(.invalidLabels) }
        append(value, at: timestamp, toStringForm: labels.bytes.span)
    }

    /// Appends a float whose counting began at `start`, as a counter's or a summary's: the scrape or the sender says
    /// when.
    public mutating func append(
        _ value: Double, at timestamp: Timestamp, startedAt start: Timestamp, to series: SeriesID
    ) {
        details.note(start: start.milliseconds, row: slots.count)
        append(value, at: timestamp, to: series)
    }

    /// Appends a float whose counting began at `start` to the series with these labels, which is created if it is new.
    public mutating func append(_ value: Double, at timestamp: Timestamp, startedAt start: Timestamp, to labels: Labels)
    {
        guard !labels.isEmpty else { return rejections.add(.invalidLabels) }
        details.note(start: start.milliseconds, row: slots.count)
        append(value, at: timestamp, to: labels)
    }

    /// Appends a native histogram. A series may have both floats and histograms; its end is marked by a float,
    /// `Double.staleMarker`.
    ///
    /// Every bit can be read back, and the hint says what was known about a reset when the sample arrived. A histogram
    /// that is not valid (`Histogram.validate()`) or has more than 65,536 buckets is counted as rejected. `start` is
    /// when the counting began, if that is known.
    public mutating func append(
        _ histogram: Histogram, at timestamp: Timestamp, startedAt start: Timestamp? = nil, to series: SeriesID
    ) {
        guard note(histogram, start) else { return }
        append(Double(bitPattern: histogram.digest), at: timestamp, to: series)
    }

    /// Appends a native histogram to the series with these labels, which is created if it is new.
    public mutating func append(
        _ histogram: Histogram, at timestamp: Timestamp, startedAt start: Timestamp? = nil, to labels: Labels
    ) {
        guard !labels.isEmpty else { return rejections.add(.invalidLabels) }
        guard note(histogram, start) else { return }
        append(Double(bitPattern: histogram.digest), at: timestamp, to: labels)
    }

    /// Records the details of the next row, if the histogram can be stored.
    private mutating func note(_ histogram: Histogram, _ start: Timestamp?) -> Bool {
        guard histogram.isStorable else {
            rejections.add(.invalidHistogram)
            return false
        }
        details.histograms.append(histogram, row: slots.count)
        details.note(start: start?.milliseconds ?? 0, row: slots.count)
        return true
    }

    /// Appends a sample to the series whose labels have this string form, which must be well-formed. No `Labels` are
    /// made for a series that is known, and all series are looked up together at the end. Consecutive samples of one
    /// series cause one look-up.
    package mutating func append(_ value: Double, at timestamp: Timestamp, toStringForm labels: Span<UInt8>) {
        if !pending.endsWith(labels) {
            guard isWithinLimits(labels) else {
                hasForeignIDs = true
                return append(
                    value, at: timestamp.milliseconds, slot: SeriesID.overLabelLimit.slot,
                    number: SeriesID.overLabelLimit.number)
            }
            pending.append(labels, fingerprint: Labels.fingerprint(ofStringForm: labels))
        }
        append(value, at: timestamp.milliseconds, slot: Self.unresolved, number: UInt64(pending.count - 1))
    }

    // MARK: Label sets as they are on the wire

    /// Returns the series that had these labels on the wire before. Each range of `parts` in `message` has the bytes of
    /// one label set; equal bytes must mean equal labels. The result is ``SeriesID/unknown`` for those that were not
    /// seen before, or have left memory since.
    package func known(in message: Span<UInt8>, at parts: [Range<Int>]) -> [SeriesID] {
        head.known(in: message, at: parts)
    }

    /// Appends the samples `range` of `columns` to a series that this batch's `known(in:at:)` returned.
    package mutating func append(_ range: Range<Int>, of columns: borrowing SampleColumns, toKnown series: SeriesID) {
        append(range, of: columns, slot: series.slot, number: series.number)
    }

    /// Appends samples with all of their details.
    private mutating func append(
        _ range: Range<Int>, of columns: borrowing SampleColumns, slot: UInt32, number: UInt64
    ) {
        guard columns.hasDetails else {
            for index in range { append(columns.values[index], at: columns.times[index], slot: slot, number: number) }
            return
        }
        var places = columns.histograms.places(of: range)
        for index in range {
            var value = columns.values[index]
            let start = index < columns.startTimes.count ? columns.startTimes[index] : 0
            if let place = places.first, Int(columns.histograms.rows[place]) == index {
                places.removeFirst()
                let histogram = columns.histograms.values[place]
                guard note(histogram, start == 0 ? nil : Timestamp(milliseconds: start)) else { continue }
                value = Double(bitPattern: histogram.digest)
            } else {
                details.note(start: start, row: slots.count)
            }
            append(value, at: columns.times[index], slot: slot, number: number)
        }
    }

    /// Appends the samples `range` of `columns` to the series with this string form, and remembers the series under the
    /// bytes that it had on the wire, if there are any.
    package mutating func append(
        _ range: Range<Int>, of columns: borrowing SampleColumns, toStringForm labels: Span<UInt8>,
        onWire bytes: Span<UInt8>
    ) {
        guard !range.isEmpty else { return }
        guard !labels.isEmpty else { return rejections.add(.invalidLabels, range.count) }
        guard isWithinLimits(labels) else { return rejections.add(.labelLimit, range.count) }
        pending.append(labels, fingerprint: Labels.fingerprint(ofStringForm: labels))
        if !bytes.isEmpty { pending.keep(under: head.rawLabelHasher.key(of: bytes.rawBytes)) }
        append(range, of: columns, slot: Self.unresolved, number: UInt64(pending.count - 1))
    }

    /// Whether a series may have labels with this string form.
    @inline(__always)
    func isWithinLimits(_ stringForm: Span<UInt8>) -> Bool {
        head.configuration.labelLimits.excess(ofStringForm: stringForm) == nil
    }

    /// Counts samples that could not be appended at all.
    package mutating func reject(_ reason: RejectionReason, count: Int = 1) { rejections.add(reason, count) }

    @usableFromInline
    mutating func append(_ value: Double, at time: Int64, slot: UInt32, number: UInt64) {
        if _slowPath(slots.count >= room) { makeRoom() }
        // SAFETY: the columns have equal counts, and room for one more; four checks would cost a tenth of an append.
        unsafe slots.append(unchecked: slot)
        unsafe numbers.append(unchecked: number)
        unsafe times.append(unchecked: time)
        unsafe values.append(unchecked: value)
    }

    /// Makes room for `count` more samples, so that the next appends do not have to.
    public mutating func reserve(_ count: Int) {
        if slots.count + max(0, count) > room { setRoom(slots.count + count) }
    }

    private mutating func makeRoom() { setRoom(max(64, slots.count * 2)) }

    private mutating func setRoom(_ count: Int) {
        room = count
        slots.reserve(room)
        numbers.reserve(room)
        times.reserve(room)
        values.reserve(room)
    }

    /// Resolves what is pending and drops the samples of series that cannot be resolved. No series is created for
    /// samples that would all be rejected: `newest` is the newest sample stored, or one from before it.
    mutating func finish(_ policy: AcceptancePolicy, newest: Int64) {
        (earliest, latest) = timeRange()
        var needsDrop = hasForeignIDs
        let accepted = AcceptedTimes(policy, newest: newest)
        if pending.count > 0 {
            let hopeless = hopelessSeries(accepted)
            let resolved = head.resolve(pending, butNotNew: hopeless, created: &created)
            for index in 0..<slots.count where slots[index] == Self.unresolved {
                let id = resolved[Int(numbers[index])]
                slots[index] = id.slot
                numbers[index] = id.number
                if id.isRefused { needsDrop = true }
            }
            if !sideData.exemplars.isEmpty { resolveSideData(resolved) }
        }
        if needsDrop { drop(accepted) }
    }

    private func timeRange() -> (earliest: Int64, latest: Int64) {
        let span = times.span
        var earliest = Int64.max, latest = Int64.min
        for row in 0..<span.count {
            earliest = min(earliest, span[row])
            latest = max(latest, span[row])
        }
        return (earliest, latest)
    }

    /// Returns, by their place, which pending series have only samples that are out of bounds; empty when no sample is.
    private func hopelessSeries(_ accepted: AcceptedTimes) -> [Bool] {
        guard count > 0, accepted.reason(against: earliest) ?? accepted.reason(against: latest) != nil else {
            return []
        }
        var refused = [Bool](repeating: false, count: pending.count), taken = refused
        for row in 0..<count where slots[row] == Self.unresolved {
            if accepted.reason(against: times[row]) == nil {
                taken[Int(numbers[row])] = true
            } else {
                refused[Int(numbers[row])] = true
            }
        }
        return refused.indices.map { refused[$0] && !taken[$0] }
    }

    /// Drops the samples of series that never had a sample and accept none from this batch either, and their exemplars:
    /// neither the log nor the head should know these series. Called under the commit lock, where `newest` is the
    /// newest sample stored.
    ///
    /// - Returns: The slots of these series.
    mutating func dropHopeless(_ policy: AcceptancePolicy, newest: Int64) -> Set<UInt32> {
        // A sample within the strictest bounds that may arise is within all of them.
        let strictest = AcceptedTimes(policy, newest: max(newest, min(latest, policy.latest)))
        guard count > 0, strictest.reason(against: earliest) ?? strictest.reason(against: latest) != nil else {
            return []
        }
        let reasons = boundReasons(policy, newest: newest)
        var refused: Set<UInt32> = []
        for row in 0..<count where reasons[row] != nil { refused.insert(slots[row]) }
        var hopeless = head.withoutSamples(refused)
        for row in 0..<count where reasons[row] == nil && !hopeless.isEmpty { hopeless.remove(slots[row]) }
        guard !hopeless.isEmpty else { return [] }
        let isHopeless = (0..<count).map { hopeless.contains(slots[$0]) }
        for row in 0..<count where isHopeless[row] { rejections.add(reasons[row]!) }
        keepRows { !isHopeless[$0] }
        dropExemplars(of: hopeless)
        return hopeless
    }

    /// Returns why each sample is out of bounds if they are applied in their order; nil for those that are not.
    private func boundReasons(_ policy: AcceptancePolicy, newest: Int64) -> [RejectionReason?] {
        var newest = newest, accepted = AcceptedTimes(policy, newest: newest)
        return (0..<count).map { row -> RejectionReason? in
            let time = times[row], reason = accepted.reason(against: time)
            // A sample later than all that are stored is accepted, whatever its series.
            if reason == nil, time > newest {
                newest = time
                accepted = AcceptedTimes(policy, newest: newest)
            }
            return reason
        }
    }

    /// Makes sure, under the commit lock, that no series has been retired since it was resolved: such a series is
    /// resolved again.
    mutating func refresh() {
        var renewed: [UInt32: SeriesID] = [:]
        var stale: [(slot: UInt32, number: UInt64, labels: Labels)] = []
        var seen: Set<UInt32> = []
        head.series.withLock { series in
            for index in 0..<slots.count where !series.isLive(slots[index]) && seen.insert(slots[index]).inserted {
                stale.append((slots[index], numbers[index], series.labels(of: slots[index])))
            }
        }
        for series in stale { renewed[series.slot] = head.resolve(series.labels, created: &created) }
        if !sideData.exemplars.isEmpty { refreshSideData(renewed) }
        guard !renewed.isEmpty else { return }
        for index in 0..<slots.count {
            guard let id = renewed[slots[index]] else { continue }
            slots[index] = id.slot
            numbers[index] = id.number
        }
        drop()
    }

    /// Counts and drops the samples without a series; if an id says that the sample is out of bounds, with that reason.
    private mutating func drop(_ accepted: AcceptedTimes? = nil) {
        // Nearly always, all samples have their series.
        let first = head.series.withLock { $0.firstRow(of: slots.span, without: numbers.span) }
        guard let first else { return }
        var reasons = [RejectionReason?](repeating: nil, count: count)
        head.series.withLock { series in
            for row in first..<slots.count {
                if slots[row] == SeriesID.refused.slot {
                    reasons[row] = SeriesID.reason(ofRefused: numbers[row])
                } else if series.number(of: slots[row]) != numbers[row] {
                    reasons[row] = .staleSeriesID
                }
            }
        }
        for (row, reason) in reasons.enumerated() {
            guard let reason else { continue }
            let isOutOfBounds = slots[row] == SeriesID.refused.slot && numbers[row] == SeriesID.outOfBounds.number
            rejections.add(isOutOfBounds ? accepted?.reason(against: times[row]) ?? .tooOld : reason)
        }
        keepRows { reasons[$0] == nil }
    }

    /// Keeps the samples for which `isKept` returns true.
    private mutating func keepRows(_ isKept: (Int) -> Bool) {
        let rows = (0..<count).filter(isKept)
        guard rows.count < count else { return }
        for (kept, row) in rows.enumerated() where kept < row {
            slots[kept] = slots[row]
            numbers[kept] = numbers[row]
            times[kept] = times[row]
            values[kept] = values[row]
        }
        slots.truncate(to: rows.count)
        numbers.truncate(to: rows.count)
        times.truncate(to: rows.count)
        values.truncate(to: rows.count)
        if !details.isEmpty { details.keep(rows) }
    }
}
