internal import KTSDBModel

/// What happens to an exemplar.
enum ExemplarVerdict {
    case accept
    /// Accepted, although its series has a later one.
    case acceptLate
    /// The series has the exemplar already.
    case repeated
    case outOfOrder
}

/// The exemplars of all series that arrived last; when the limit is reached, the one that arrived first is removed.
///
/// An exemplar stays after a seal, even if a block has it as well. Each takes about 100 bytes.
struct ExemplarRing: Sendable {
    private(set) var pages = ExemplarPages()
    /// How many exemplars may be kept; 0 for none.
    private(set) var limit = 0
    /// The newest exemplar of each slot's series: the last one that was not late when it arrived. If it has been
    /// removed, the latest of the others.
    var newest: [UInt32: Int] = [:]
    /// All exemplars of a slot's series in order, for series that got late ones, whether they were accepted or not.
    var orders: [UInt32: ExemplarOrder] = [:]
    /// All exemplars below this number are in blocks, except those that blocks leave out and those in `left`.
    private(set) var sealedEnd = 0
    /// Exemplars below `sealedEnd` whose series had no sample in any block of their seal: the next seal tries again.
    private(set) var left: Set<Int> = []

    /// The number of series that have an exemplar in the ring.
    var seriesCount: Int { newest.count }

    /// The bytes of memory held, about.
    var byteCount: Int { pages.byteCount + orders.values.reduce(0) { $0 + $1.byteCount } }

    /// Judges an exemplar by those of its series in the ring: the one rule for appends and for replay.
    ///
    /// One that does not come before its series' newest one is judged by that, by Prometheus' rule: equal labels and an
    /// equal value are a repetition, unless one of the two exemplars has a time of its own and the times differ. What
    /// comes before is counted by time, then value, then the hash of the labels; it is refused, unless the newest one
    /// is ahead of the clock, or the policy has a window for late ones (`judgeLate`).
    ///
    /// `newestSample` is the time of the newest of all samples when the commit was made.
    mutating func judge(
        _ exemplars: ExemplarColumns, _ index: Int, _ policy: AcceptancePolicy? = nil, newestSample: Int64 = .min
    ) -> ExemplarVerdict {
        guard let position = newest[exemplars.slots[index]] else { return .accept }
        let last = pages[position]
        guard last.number == exemplars.numbers[index] else { return .accept }
        let verdict = compare(exemplars, index, with: position)
        guard case .outOfOrder = verdict, let policy else { return verdict }
        if policy.window > 0 { return judgeLate(exemplars, index, policy, newestSample: newestSample) }
        let time = exemplars.times[index]
        return time != last.time && policy.takesAgain(time, before: last.time) ? .accept : .outOfOrder
    }

    /// Judges an exemplar by another one of its series: repeated, before it, or after it.
    func compare(_ exemplars: ExemplarColumns, _ index: Int, with position: Int) -> ExemplarVerdict {
        let last = pages[position]
        let time = exemplars.times[index], value = exemplars.values[index]
        let labels = exemplars.labels[exemplars.labelRange(index)], lastLabels = pages.labels(at: position)
        let hasEqualTime = time == last.time || !(last.ownsTime || exemplars.ownsTime[index])
        if hasEqualTime, value.bitPattern == last.value.bitPattern, labels.elementsEqual(lastLabels) {
            return .repeated
        }
        if time != last.time { return time > last.time ? .accept : .outOfOrder }
        if value < last.value { return .outOfOrder }
        guard value == last.value else { return .accept }
        return Self.hash(labels) < Self.hash(lastLabels) ? .outOfOrder : .accept
    }

    private static func hash(_ labels: ArraySlice<UInt8>) -> UInt64 {
        XXHash64.hash(labels.span.rawBytes)
    }

    /// Keeps an exemplar that has been judged.
    mutating func append(_ exemplars: ExemplarColumns, _ index: Int, isLate: Bool = false) {
        append(
            ExemplarPages.Entry(
                time: exemplars.times[index], value: exemplars.values[index], number: exemplars.numbers[index],
                slot: exemplars.slots[index], ownsTime: exemplars.ownsTime[index], isLate: isLate),
            labels: exemplars.labels.span.extracting(exemplars.labelRange(index)))
    }

    /// Keeps an exemplar: as the newest one of its series, unless it is late and the series has a later one.
    mutating func append(_ entry: ExemplarPages.Entry, labels: Span<UInt8>) {
        guard limit > 0 else { return }
        while pages.count >= limit { removeFirst() }
        let position = pages.range.upperBound
        let last = newest.updateValue(position, forKey: entry.slot)
        var entry = entry
        entry.distance = last.flatMap { UInt32(exactly: position - $0) } ?? 0
        pages.append(entry, labels: labels)
        if entry.isLate || !orders.isEmpty { order(position, after: last) }
    }

    private mutating func removeFirst() {
        let position = pages.range.lowerBound, slot = pages[position].slot
        if !orders.isEmpty { removeFromOrder(position) }
        if newest[slot] == position { newest[slot] = nil }
        left.remove(position)
        pages.removeFirst()
    }

    /// Changes how many exemplars may be kept; the newest ones stay.
    mutating func setLimit(_ limit: Int) {
        self.limit = max(0, limit)
        while pages.count > self.limit { removeFirst() }
    }

    /// Drops the exemplars after a time.
    mutating func removeAll(after latest: Int64) { removeAll { $0.time > latest } }

    /// Drops the exemplars that `isDropped` accepts; the others get new numbers.
    mutating func removeAll(where isDropped: (ExemplarPages.Entry) -> Bool) {
        guard pages.range.contains(where: { isDropped(pages[$0]) }) else { return }
        var kept = ExemplarRing()
        kept.limit = limit
        for position in pages.range where !isDropped(pages[position]) {
            let labels = Array(pages.labels(at: position))
            kept.append(pages[position], labels: labels.span)
            let place = kept.pages.range.upperBound - 1
            if position < sealedEnd { kept.sealedEnd = place + 1 }
            if left.contains(position) { kept.left.insert(place) }
        }
        self = kept
    }

    // MARK: Seals

    /// Records that a seal has processed all exemplars up to `end`, except those in `left`.
    mutating func noteSealed(through end: Int, left: Set<Int>) {
        sealedEnd = max(sealedEnd, end)
        self.left = left.filter { pages.range.contains($0) }
    }

    /// Records that all exemplars so far are in blocks.
    mutating func noteAllSealed() { noteSealed(through: pages.range.upperBound, left: []) }

    /// Records whether the exemplar that was just loaded from a checkpoint is in a block.
    mutating func noteLoaded(isSealed: Bool) {
        guard !pages.isEmpty else { return }
        sealedEnd = pages.range.upperBound
        if !isSealed { left.insert(sealedEnd - 1) }
    }

    /// A copy of the ring, for seals and checkpoints.
    var copy: ExemplarRingCopy { ExemplarRingCopy(pages: pages, sealedEnd: sealedEnd, left: left) }
}

/// The ring as it was at one moment.
struct ExemplarRingCopy: Sendable {
    var pages = ExemplarPages()
    fileprivate(set) var sealedEnd = 0
    fileprivate(set) var left: Set<Int> = []

    /// Whether a seal has processed an exemplar.
    func isSealed(_ position: Int) -> Bool { position < sealedEnd && !left.contains(position) }

    /// The numbers of the exemplars that the next seal should take, by slot, in the order in which they arrived.
    var unsealed: [UInt32: [Int]] {
        var result: [UInt32: [Int]] = [:]
        for position in left.sorted() where pages.range.contains(position) {
            result[pages[position].slot, default: []].append(position)
        }
        for position in max(sealedEnd, pages.range.lowerBound)..<max(sealedEnd, pages.range.upperBound) {
            result[pages[position].slot, default: []].append(position)
        }
        return result
    }
}
