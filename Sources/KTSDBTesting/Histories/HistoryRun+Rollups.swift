internal import KTSDBEngine
internal import KTSDBModel

/// Rollups in a history: of everything, to two intervals. What they answer must be what samples answer, bit for bit.
extension HistoryRun {
    private static let intervals: [Int64] = [600_000, 3_600_000]

    static let rollupRules: RollupRules = {
        do throws(RollupRuleError) {
            var rules: [RollupRule] = []
            for interval in intervals {
                let rule = try RollupRule(
                    "\(interval)", matching: [[.name("m0")], [.name("m1")], [.name("m2")]],
                    interval: .milliseconds(interval))
                rules.append(rule)
            }
            return try RollupRules(rules)
        } catch { fatalError("\(error)") }
    }()

    mutating func rollUp(_ database: Database) throws(HistoryFailure) {
        do throws(RollupError) { _ = try database.rollUp() } catch { steps.append("  \(error)") }
        try compareRollups()
    }

    /// Asks questions at the ends of intervals, about times that retention has left alone.
    private mutating func compareRollups() throws(HistoryFailure) {
        guard let database, !disk.hasCrashed, !disk.hasFaults else { return }
        let view = database.readView()
        guard !view.rollupIntervals(of: .count).isEmpty else { return }
        let reference = try contents(of: view).reference
        let horizon = max(
            database.statistics.retention.horizon?.milliseconds ?? .min, states.map(\.removedBefore).max() ?? .min)
        for interval in Self.intervals {
            let back = Int64(generator.below(generator.pick([1, 10_000_000, 400_000_000])))
            let end = (clock.now - back) / interval * interval
            let width = interval * Int64(1 + generator.below(3))
            guard horizon == .min || end - width > horizon + 2_000 else { continue }
            let metric = "m\(generator.below(3))"
            for function in ["count", "sum", "min", "max", "last", "present"] {
                let text = "\(function)_over_time(\(metric)[\(width / 1000)s])"
                try compare(text, at: Timestamp(milliseconds: end), view, reference)
                rollupQuestionCount += 1
            }
        }
    }
}
