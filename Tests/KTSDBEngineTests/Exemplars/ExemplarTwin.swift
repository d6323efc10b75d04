import KTSDBModel

@testable import KTSDBEngine

/// The same as a ring of exemplars, as one array without any index.
struct ExemplarTwin {
    struct Item: Equatable {
        var slot: UInt32, number: UInt64
        var time: Int64, value: Double, ownsTime: Bool, labels: [UInt8]
        var isLate = false

        var stored: StoredExemplar { StoredExemplar(time: time, value: value, labels: labels) }

        static func == (left: Item, right: Item) -> Bool {
            left.stored == right.stored && left.slot == right.slot && left.number == right.number
                && left.ownsTime == right.ownsTime && left.isLate == right.isLate
        }

        /// The exemplar alone, as in a commit.
        var columns: ExemplarColumns {
            var columns = ExemplarColumns()
            columns.append(
                slot: slot, number: number, time: time, value: value, ownsTime: ownsTime, labels: labels.span)
            return columns
        }
    }

    var limit: Int
    /// In the order of arrival.
    private(set) var items: [Item] = []

    init(limit: Int) { self.limit = limit }

    /// Prometheus' rule for two exemplars of a series, word for word.
    private static func compare(_ new: Item, _ last: Item) -> ExemplarVerdict {
        if last.labels == new.labels, last.value.bitPattern == new.value.bitPattern,
            last.time == new.time || !last.ownsTime && !new.ownsTime
        {
            return .repeated
        }
        let hashes = [last, new].map { Labels(uncheckedStringForm: $0.labels).fingerprint }
        if new.time < last.time || new.time == last.time && new.value < last.value
            || new.time == last.time && new.value == last.value && hashes[1] < hashes[0]
        {
            return .outOfOrder
        }
        return .accept
    }

    /// The newest exemplar of a slot: the last that was not late, unless only late ones are left.
    private func newest(of slot: UInt32) -> Item? {
        var newest: Item?
        for item in items where item.slot == slot {
            if let known = newest, known.number == item.number, item.isLate,
                StoredExemplar.isBefore(item.stored, known.stored)
            {
                continue
            }
            newest = item
        }
        return newest
    }

    func verdict(_ new: Item, _ policy: AcceptancePolicy? = nil, newestSample: Int64 = .min) -> ExemplarVerdict {
        guard let last = newest(of: new.slot), last.number == new.number else { return .accept }
        let verdict = Self.compare(new, last)
        guard case .outOfOrder = verdict, let policy else { return verdict }
        // The series may have had the slot before, too.
        var mine = items.filter { $0.slot == new.slot }
        if let end = mine.lastIndex(where: { $0.number != new.number }) { mine.removeFirst(end + 1) }
        let isLate = policy.window > 0
        if isLate, mine.contains(where: { $0.stored == new.stored }) { return .repeated }
        if new.time != last.time, policy.takesAgain(new.time, before: last.time) { return .accept }
        guard isLate, new.time >= policy.earliestLate(newest: newestSample) else { return .outOfOrder }
        mine = mine.filter { $0.time <= new.time }
        var previous: Item?
        for item in mine {
            if let known = previous, StoredExemplar.isBefore(item.stored, known.stored) { continue }
            previous = item
        }
        guard let previous else { return .acceptLate }
        let late = Self.compare(new, previous)
        if case .accept = late { return .acceptLate }
        return late
    }

    mutating func append(_ item: Item, _ verdict: ExemplarVerdict) {
        var item = item
        switch verdict {
        case .accept: item.isLate = false
        case .acceptLate: item.isLate = true
        case .repeated, .outOfOrder: return
        }
        items.append(item)
        if items.count > limit { items.removeFirst() }
    }

    mutating func setLimit(_ limit: Int) {
        self.limit = limit
        items = items.suffix(limit)
    }

    mutating func removeAll(where isRemoved: (Item) -> Bool) { items.removeAll(where: isRemoved) }
}
