import KTSDBModel
import KTSDBRules
import KTSDBTesting
import Synchronization

/// Runs groups over the stored samples of a recording, process by process, at the times at which Prometheus did.
final class RuleReplay {
    let storage = TableStorage()
    var options = RuleOptions()
    private var evaluators: [GroupEvaluator] = []
    private let clock = RuleReplayClock()
    /// What was sent, and when.
    private(set) var sent: [(time: PreciseTime, alert: DueAlert)] = []

    init(input: TableValue) {
        options.templates = GoRuleTemplates()
        for series in input.list {
            storage.append(
                series["samples"]!.list.map {
                    Sample(timestamp: Timestamp(milliseconds: Int64($0.list[0].number!)), value: $0.list[1].float)
                }, to: series["labels"]!.labels)
        }
    }

    private final class Sink: AlertSink {
        let taken = Mutex<[DueAlert]>([])
        func offer(_ alerts: [DueAlert]) -> Int {
            taken.withLock { $0 += alerts }
            return alerts.count
        }
    }

    /// Begins a process: no state, alerts are restored after two evaluations.
    func start(_ groups: [RuleGroup], restores: Bool = true) throws {
        evaluators = try groups.map { group in
            evaluator(try PreparedGroup(group, options.language), GroupState(group, restores: restores))
        }
    }

    /// Loads groups again in the same process.
    func reload(_ groups: [RuleGroup]) throws {
        evaluators = try evaluators.map { old in
            let group = groups.first { $0.key == old.group.key }!, prepared = try PreparedGroup(group, options.language)
            guard !old.prepared.isEquivalent(to: prepared) else { return old }
            let state = GroupState.copying(old.state, of: old.group, to: group)
            return evaluator(prepared, state)
        }
    }

    private func evaluator(_ group: PreparedGroup, _ state: GroupState) -> GroupEvaluator {
        GroupEvaluator(group, storage: storage, options: options, state: state) { [clock] in clock.now.withLock { $0 } }
    }

    /// Evaluates all groups between two times, in the order of their times.
    func run(from start: PreciseTime, to end: PreciseTime) {
        var due = evaluators.map { ($0.prepared.schedule.first(after: start), $0) }
        while let index = due.indices.min(by: { due[$0].0 < due[$1].0 }), due[index].0 < end {
            let (time, evaluator) = due[index], sink = Sink()
            clock.now.withLock { $0 = time + .milliseconds(1) }
            evaluator.evaluate(at: time, sink: sink)
            sent += sink.taken.withLock { $0 }.map { (time, $0) }
            due[index].0 = time + evaluator.prepared.schedule.interval
        }
    }
}

/// What the wall clock showed.
private final class RuleReplayClock: Sendable {
    let now = Mutex(PreciseTime(nanoseconds: 0))
}
