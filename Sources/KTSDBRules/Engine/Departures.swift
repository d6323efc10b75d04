internal import KTSDBModel

/// The series and records of groups that are gone.
///
/// They end two intervals later, so that a group with another name has time to take its series over, but with the time
/// of the removal, so that what was taken over is not touched.
struct Departures {
    private struct Departure {
        var series: Set<Labels>
        var records: Set<String>
        var time: PreciseTime
        var due: PreciseTime
    }

    private var waiting: [Departure] = []

    /// The interval of groups that only their records know.
    static let unknownInterval: Duration = .seconds(60)

    /// Adds a group that was removed.
    mutating func add(_ state: GroupState, of group: RuleGroup, at now: PreciseTime, _ options: RuleOptions) {
        var series = state.endedSeries, records = state.endedRecords
        for rule in state.rules {
            series.formUnion(rule.state.written.all)
            records.insert(rule.recordKey)
        }
        let time = now - (group.queryOffset ?? options.queryOffset)
        waiting.append(Departure(series: series, records: records, time: time, due: now + group.interval * 2))
    }

    /// Adds records of rules that no group has any more.
    mutating func add(orphans: [String: [UInt8]], at now: PreciseTime, interval: Duration) {
        guard !orphans.isEmpty else { return }
        var series: Set<Labels> = []
        for bytes in orphans.values {
            if let state = try? RuleStateCoding.decode(bytes) { series.formUnion(state.written.all) }
        }
        waiting.append(Departure(series: series, records: Set(orphans.keys), time: now, due: now + interval * 2))
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// Whether something is due.
    func isDue(at now: PreciseTime) -> Bool { waiting.contains { $0.due <= now } }

    /// Ends what is due, but for the records in `live`, whose rules have come back.
    mutating func leave(at now: PreciseTime, _ storage: some RuleStorage, keeping live: Set<String>) {
        waiting.removeAll { departure in
            guard departure.due <= now else { return false }
            var commit = RuleCommit(endedSeries: Array(departure.series), time: departure.time.timestamp)
            for key in departure.records.subtracting(live) { commit.records.updateValue(nil, forKey: key) }
            guard !commit.isEmpty else { return true }
            do throws(RuleError) { _ = try storage.commit(commit) } catch { return false }
            return true
        }
    }
}
