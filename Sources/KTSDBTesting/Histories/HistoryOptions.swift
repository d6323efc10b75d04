internal import KTSDBEngine
internal import KTSDBModel

/// What may happen in a history: a part of everything, different for each seed, so that rare combinations occur.
package struct HistoryOptions {
    package enum Action: CaseIterable {
        case append, wait, delete, undelete, reclaim, maintain, compact, seal, snapshot, reopen, kill, powerCut, fault
        case fillDisk, freeDisk, openView, query, importing
        case backup, scrub, repair, rollUp
    }

    /// How likely each action is.
    var weights: [(action: Action, weight: Int)] = []
    /// Whether samples come in any order of time.
    var hasLateSamples: Bool
    var hasHistograms: Bool
    /// How long samples are kept; nil for ever.
    var retention: Duration?
    var undoPeriod: Duration
    var duplicates: DuplicatePolicy
    var diskReserve: Int
    /// The longest wait between two steps, in milliseconds.
    var longestWait: Int
    var openByteLimit: Int
    /// The number of series that last.
    var seriesCount: Int
    /// Whether everything is rolled up.
    var hasRollups: Bool

    init(_ generator: inout SeededGenerator) {
        hasLateSamples = generator.oneIn(2)
        hasHistograms = generator.oneIn(2)
        retention = generator.oneIn(4) ? .seconds(generator.pick([3_600, 20_000, 90_000])) : nil
        undoPeriod = .seconds(generator.pick([0, 600, 40_000]))
        duplicates = generator.pick([.reject, .keepFirst, .keepLast])
        diskReserve = generator.pick([0, 1 << 12])
        longestWait = generator.pick([20_000, 900_000, 9_000_000])
        openByteLimit = generator.pick([1 << 12, 1 << 17])
        seriesCount = generator.pick([1, 3, 12])
        hasRollups = generator.oneIn(2)
        for action in Action.allCases {
            switch action {
            case .append: weights.append((.append, 20))
            case .wait: weights.append((.wait, 6))
            case .freeDisk: weights.append((.freeDisk, 4))
            case .rollUp where hasRollups: weights.append((.rollUp, 2 + generator.below(6)))
            case .rollUp: break
            default: if !generator.oneIn(3) { weights.append((action, 1 + generator.below(4))) }
            }
        }
    }

    func next(_ generator: inout SeededGenerator) -> Action {
        var place = generator.below(weights.reduce(0) { $0 + $1.weight })
        for (action, weight) in weights {
            if place < weight { return action }
            place -= weight
        }
        return .append
    }
}
