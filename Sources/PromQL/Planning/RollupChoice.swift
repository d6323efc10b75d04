internal import KTSDBModel

/// How a function over the windows of a selector is computed from rollups.
struct RollupChoice: Hashable, Sendable {
    var request: RollupRequest
    /// The function that is applied to the points: the sum of counts is a count.
    var kernel: WindowFunction
    /// Whether the result may differ from that of all samples.
    var isApproximate: Bool
    /// What the sums are divided by, for a mean.
    var counts: RollupRequest?

    /// Chooses the rollups for a function over `windows`; nil if samples have to be read.
    static func find(
        _ function: WindowFunction, _ plan: WindowPlan, _ windows: WindowTimes, _ use: RollupUse,
        in source: any SeriesSource
    ) -> RollupChoice? {
        guard use != .off, plan.ends == .plain, case .selector = plan.content, windows.count > 0 else { return nil }
        if let (content, kernel) = exact(function) {
            let intervals = source.rollupIntervals(of: content).filter { isAligned(windows, $0) }
            if let interval = intervals.last {
                let request = RollupRequest(
                    content, interval: interval, shorterIntervals: intervals.dropLast().reversed(),
                    isExact: use == .exact)
                return RollupChoice(
                    request: request, kernel: kernel, isApproximate: use == .allow && content == .sum)
            }
        }
        guard use == .allow, let (content, kernel) = approximate(function) else { return nil }
        var intervals = source.rollupIntervals(of: content).filter { $0 <= windows.width }
        if function == .average {
            let counts = source.rollupIntervals(of: .count)
            intervals.removeAll { !counts.contains($0) }
        }
        // With some intervals in a window, it matters little that the first and the last one do not fit exactly.
        guard let interval = intervals.last(where: { $0 <= windows.width / 4 }) ?? intervals.first else { return nil }
        let request = RollupRequest(content, interval: interval, isExact: false)
        let counts = RollupRequest(.count, interval: interval, isExact: false)
        return RollupChoice(
            request: request, kernel: kernel, isApproximate: true, counts: function == .average ? counts : nil)
    }

    /// Functions whose result from points has the same bits as from samples.
    private static func exact(_ function: WindowFunction) -> (RollupRequest.Content, WindowFunction)? {
        switch function {
        case .count: (.count, .sum)
        case .present: (.count, .present)
        case .minimum: (.minimum, .minimum)
        case .maximum: (.maximum, .maximum)
        case .last: (.last, .last)
        case .sum: (.sum, .sum)
        default: nil
        }
    }

    /// Functions that are computed from points where it was asked for.
    private static func approximate(_ function: WindowFunction) -> (RollupRequest.Content, WindowFunction)? {
        switch function {
        case .rate, .increase: (.counter, function)
        case .average: (.sum, .sum)
        default: exact(function)
        }
    }

    /// Whether all windows are made of whole intervals.
    private static func isAligned(_ windows: WindowTimes, _ interval: Int64) -> Bool {
        windows.width % interval == 0 && windows.firstEnd % interval == 0
            && (windows.count == 1 || windows.step % interval == 0)
    }

    /// Chooses the rollups from which an instant selector gets what is left of removed samples; nil without any.
    static func filling(lookback: Int64, _ use: RollupUse, in source: any SeriesSource) -> RollupRequest? {
        guard use == .allow else { return nil }
        let content = RollupRequest.Content.filling(every: lookback)
        return source.rollupIntervals(of: content).first.map { RollupRequest(content, interval: $0, isExact: false) }
    }
}

extension RollupRequest {
    /// The times that storage is asked for: all windows, as whole intervals.
    func range(_ windows: WindowTimes) -> ClosedRange<Int64> {
        var first = windows.firstEnd - windows.width
        let last = max(windows.firstEnd, windows.lastEnd)
        // A point is repeated until the next interval ends.
        if case .filling = content { first -= interval }
        return (first - Self.remainder(first, interval) + 1)...(last + Self.remainder(-last, interval))
    }

    private static func remainder(_ time: Int64, _ interval: Int64) -> Int64 {
        let remainder = time % interval
        return remainder < 0 ? remainder + interval : remainder
    }
}
