package import KTSDBModel

/// What a database must show after the steps of a history: every sample that was ever accepted, and what hides it.
package struct HistoryModel {
    /// A sample as it was stored. A histogram counts as the bits that it was made from.
    private struct Stored {
        var bits: UInt64
        /// The number of its commit.
        var commit: Int
    }
    private struct Hidden {
        var id: UInt64?
        var lists: [[LabelMatcher]]
        var range: ClosedRange<Int64>
        /// It covers the commits up to this one.
        var commit: Int
    }

    /// By series and time: all that was stored there, in this order.
    private var samples: [Labels: [Int64: [Stored]]] = [:]
    private var hidden: [Hidden] = []
    private(set) var records: [String: String] = [:]
    private var commit = 0
    /// Samples before this time may have been removed by retention.
    private(set) var removedBefore = Int64.min

    package init() {}

    /// The newest time that a series ever had.
    func newest(of labels: Labels) -> Int64? { samples[labels]?.keys.max() }

    /// A time that a series has, and what is there.
    func anySample(of labels: Labels, _ generator: inout SeededGenerator) -> (time: Int64, bits: UInt64)? {
        guard let all = samples[labels] else { return nil }
        let time = generator.pick(all.keys.sorted())
        return all[time]?.last.map { (time, $0.bits) }
    }

    mutating func append(_ batch: HistoryBatch) {
        commit += 1
        for sample in batch.samples {
            samples[sample.labels, default: [:]][sample.time, default: []].append(
                Stored(bits: sample.bits, commit: commit))
        }
        for (key, value) in batch.records { records[key] = value }
    }

    mutating func delete(_ lists: [[LabelMatcher]], _ range: ClosedRange<Int64>, id: UInt64?) {
        hidden.append(Hidden(id: id, lists: lists, range: range, commit: commit))
    }

    /// Undoes a deletion. One that failed when the power went has no identifier, and may be there all the same.
    mutating func undelete(_ id: UInt64, _ range: ClosedRange<Int64>) {
        hidden.removeAll { $0.id == id || ($0.id == nil && $0.range == range) }
    }

    mutating func noteRetention(_ horizon: Int64) { removedBefore = max(removedBefore, horizon) }

    /// Where several samples have one time, which one counts.
    package func visible(keepsLast: Bool) -> [Labels: [Int64: UInt64]] {
        var visible: [Labels: [Int64: UInt64]] = [:]
        for (labels, byTime) in samples {
            let relevant = hidden.filter { $0.lists.contains { $0.allSatisfy { $0.matches(labels) } } }
            for (time, all) in byTime {
                let shown = all.filter { stored in
                    !relevant.contains { $0.range.contains(time) && stored.commit <= $0.commit }
                }
                guard let chosen = keepsLast ? shown.last : shown.first else { continue }
                visible[labels, default: [:]][time] = chosen.bits
            }
        }
        return visible
    }
}

/// One commit of a history.
struct HistoryBatch {
    var samples: [(labels: Labels, time: Int64, bits: UInt64)] = []
    /// Records by key; nil removes one.
    var records: [(key: String, value: String?)] = []
}
