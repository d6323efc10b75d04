internal import KTSDBModel
internal import Synchronization

/// Where the classes of series begin in memory, as a view shows them. Blocks have masks for that; in memory, the class
/// of a series is looked up when its samples are read.
///
/// A view has cuts only if there are retention rules.
struct RetentionCuts: Sendable {
    /// For each class, the time of the earliest sample that is shown, in milliseconds.
    let horizons: [Int64]
    let classes: HeadClasses
    /// The latest horizon of any class.
    let latest: Int64

    init(horizons: [Int64], classes: HeadClasses) {
        self.horizons = horizons
        self.classes = classes
        latest = horizons.max() ?? .min
    }

    /// Returns the time of the earliest sample that is shown of a series in memory.
    func start(of id: SeriesID, in head: Head) -> Int64 { horizons[classes.number(of: id, in: head)] }
}

/// The classes of series in memory under one list of rules. The class of a series is worked out when it is first
/// needed, which takes as long as comparing its labels with the matchers of all rules, and remembered.
final class HeadClasses: Sendable {
    private let rules: [[[LabelMatcher]]]
    /// By slot: the series' number and its class.
    private let known = Mutex<[Entry]>([])

    private struct Entry {
        var series: UInt64 = 0
        var number: UInt8 = 0
    }

    init(_ rules: [[[LabelMatcher]]]) { self.rules = rules }

    /// Returns the number of a series' class. No lock of the head may be held.
    func number(of id: SeriesID, in head: Head) -> Int {
        let slot = Int(id.slot)
        let found = known.withLock { known -> Int? in
            guard slot < known.count, known[slot].series == id.number else { return nil }
            return Int(known[slot].number)
        }
        if let found { return found }
        let labels = head.series.withLock { series -> Labels? in
            series.number(of: id.slot) == id.number ? series.labels(of: id.slot) : nil
        }
        // A view keeps the slots that it can know, so the series is there.
        guard let labels else { return rules.count }
        let number =
            rules.firstIndex { lists in
                lists.contains { matchers in matchers.allSatisfy { $0.matches(labels) } }
            } ?? rules.count
        known.withLock { known in
            while known.count <= slot { known.append(Entry()) }
            known[slot] = Entry(series: id.number, number: UInt8(number))
        }
        return number
    }
}

extension ViewContent {
    /// Returns the part of a range in which samples of a series in memory are shown; nil if none is.
    func shownInMemory(_ range: ClosedRange<Int64>, of id: SeriesID) -> ClosedRange<Int64>? {
        guard let cuts = memoryCuts else { return range }
        let start = cuts.start(of: id, in: head)
        guard start > range.lowerBound else { return range }
        return start <= range.upperBound ? start...range.upperBound : nil
    }
}
