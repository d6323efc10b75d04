public import KTSDBEngine
internal import KTSDBModel

/// Evaluates rules over a database and says which alerts fire.
///
/// ```swift
/// let engine = RuleEngine(database)
/// try await engine.load([RuleGroup(name: "api", interval: .seconds(15), rules: [
///     .alerting(AlertingRule(name: "Down", expression: "up == 0", for: .seconds(60)))
/// ])])
/// Task { await engine.run() }
/// for await alerts in engine.alerts { notify(alerts) }
/// ```
///
/// `Examples/Alerting.swift` is a whole program. Templates in labels and annotations stay as they are unless
/// ``RuleOptions/templates`` is a ``GoRuleTemplates``.
///
/// The states of rules are in the database, each in the commit of its evaluation: a new engine on the same database
/// continues where the last one was.
public actor RuleEngine {
    /// A group that runs.
    private struct Running {
        var evaluator: GroupEvaluator
        /// The evaluation that comes next.
        var next: PreciseTime
        /// The last evaluation; nil before the first one.
        var last: PreciseTime?
        /// When alerts of that are offered again; nil if all were taken.
        var nextOffer: PreciseTime?
        /// The evaluation or the offer that is under way.
        var task: Task<Void, Never>?
        /// How far the wall clock was moved during that.
        var jump: Duration = .zero
        /// What becomes of the group after that.
        var fate = Fate.stays

        /// What comes next: an evaluation, or an offer.
        var nextDue: PreciseTime { nextOffer.map { min($0, next) } ?? next }

        /// Whether the group is already the other one, or will be.
        func isEquivalent(to group: PreparedGroup) -> Bool {
            if case .isReplaced(let successor) = fate { return successor.isEquivalent(to: group) }
            if case .isRemoved = fate { return false }
            return evaluator.prepared.isEquivalent(to: group)
        }
    }

    /// What groups that were loaded meanwhile mean for one that is being evaluated.
    private enum Fate {
        case stays
        case isReplaced(by: PreparedGroup)
        case isRemoved
    }

    private let storage: DatabaseRuleStorage
    private let clock: RuleClock
    private let observers: AlertObservers
    private var options: RuleOptions
    private var groups: [GroupKey: Running] = [:]
    private var departures = Departures()
    private var jumps: ClockJump
    /// Whether groups were loaded before.
    private var isLoaded = false
    private var isStopped = false
    /// What ``run()`` waits for; cancelled when something is due earlier than it was.
    private var sleeper: Task<Void, Never>?
    /// When ``sleeper`` ends.
    private var wakeTime = PreciseTime(nanoseconds: 0)
    /// Records that could not be read when groups were loaded, and why.
    public private(set) var recordErrors: [String: RuleStateError] = [:]

    /// The longest sleep, after which the wall clock is looked at again; and the longest one without groups, for which
    /// it does not matter.
    private static let longestSleep: Duration = .seconds(1), longestRest: Duration = .seconds(60)
    /// How long those who had no room for alerts have time to send some.
    private static let offerPause: Duration = .milliseconds(200)

    /// Creates an engine without groups. `sink` takes the alerts over, and may leave some for later.
    public init(
        _ database: Database, options: RuleOptions = .init(), clock: RuleClock = .init(), sink: (any AlertSink)? = nil
    ) {
        storage = DatabaseRuleStorage(database)
        self.clock = clock
        self.options = options
        observers = AlertObservers(sink)
        jumps = ClockJump(wall: clock.now, elapsed: clock.elapsed)
    }

    /// The alerts that are due.
    public nonisolated var alerts: AlertSequence { AlertSequence(observers: observers) }

    // MARK: Loading

    /// Runs these groups instead of those before, from their next evaluations on.
    ///
    /// A group that is the same continues. One with the same file and name takes over the states of its rules. What
    /// others have stored ends two of their intervals later.
    /// - Throws: ``RuleLoadError``; nothing was changed then.
    public func load(_ new: [RuleGroup], options: RuleOptions? = nil) throws(RuleLoadError) {
        guard !isStopped else { throw .stopped }
        let options = options ?? self.options
        let prepared = try Self.prepare(new, options.language)
        self.options = options
        var gone = Set(groups.keys)
        for group in prepared {
            gone.remove(group.group.key)
            guard let known = groups[group.group.key] else { continue }
            known.evaluator.setOptions(options)
            if !known.isEquivalent(to: group) { settle(group.group.key, .isReplaced(by: group)) }
        }
        for key in gone { settle(key, .isRemoved) }
        start(prepared)
        sleeper?.cancel()
    }

    private static func prepare(
        _ groups: [RuleGroup], _ language: any RuleLanguage
    ) throws(RuleLoadError) -> [PreparedGroup] {
        var prepared: [PreparedGroup] = [], keys: Set<GroupKey> = []
        for group in groups {
            guard keys.insert(group.key).inserted else { throw .repeatedGroup(group.key) }
            do throws(RuleSyntaxError) { prepared.append(try PreparedGroup(group, language)) } catch {
                throw .syntax(error)
            }
        }
        return prepared
    }

    /// Starts the groups that do not run yet, with the states that the database has of them.
    private func start(_ prepared: [PreparedGroup]) {
        var records = isLoaded ? [:] : storage.records()
        let now = clock.now
        // Without groups, the clock may not have been looked at for a while, and a jump before them is not theirs.
        if groups.isEmpty { _ = jumps.observe(wall: now, elapsed: clock.elapsed) }
        for group in prepared where groups[group.group.key] == nil {
            var state = GroupState(group.group, restores: !isLoaded)
            let errors = state.load(
                from: &records, at: now, outageTolerance: options.restorer.outageTolerance)
            recordErrors.merge(errors) { $1 }
            groups[group.group.key] = Running(
                evaluator: evaluator(group, state), next: group.schedule.first(after: now))
        }
        if !isLoaded { departures.add(orphans: records, at: now, interval: Departures.unknownInterval) }
        isLoaded = true
    }

    private func evaluator(_ group: PreparedGroup, _ state: GroupState) -> GroupEvaluator {
        let clock = clock
        return GroupEvaluator(group, storage: storage, options: options, state: state) { clock.now }
    }

    /// Decides what becomes of a group: at once, or when its evaluation has ended.
    private func settle(_ key: GroupKey, _ fate: Fate) {
        groups[key]?.fate = fate
        guard let group = groups[key] else { return }
        if case .stays = fate { return }
        group.evaluator.stop()
        if group.task == nil { fulfil(key, group) }
    }

    private func fulfil(_ key: GroupKey, _ group: Running) {
        switch group.fate {
        case .stays: break
        case .isReplaced(let successor):
            let state = GroupState.copying(group.evaluator.state, of: group.evaluator.group, to: successor.group)
            groups[key] = Running(
                evaluator: evaluator(successor, state), next: successor.schedule.first(after: clock.now))
        case .isRemoved:
            groups[key] = nil
            departures.add(group.evaluator.state, of: group.evaluator.group, at: clock.now, options)
        }
    }

    // MARK: Evaluating

    /// Evaluates groups when they are due, until ``stop()`` is called or the task is cancelled.
    public func run() async {
        while !isStopped, !Task.isCancelled {
            startDue()
            let now = clock.now, longest = groups.isEmpty && departures.isEmpty ? Self.longestRest : Self.longestSleep
            let wait = min(longest, max(.milliseconds(1), nextDue - now))
            wakeTime = now + wait
            let sleeper = Task { [clock] in await clock.sleep(wait) }
            self.sleeper = sleeper
            await withTaskCancellationHandler {
                await sleeper.value
            } onCancel: {
                sleeper.cancel()
            }
        }
    }

    /// Evaluates the groups that are due now and waits for them: for tests, and for applications with timers of their
    /// own.
    public func evaluateDue() async {
        startDue()
        for task in groups.values.compactMap(\.task) { await task.value }
    }

    /// When the next group is due, or alerts are to be offered again that nobody had room for; the end of time without
    /// groups.
    public var nextDue: PreciseTime {
        groups.values.lazy.filter { $0.task == nil }.map(\.nextDue).min() ?? PreciseTime(nanoseconds: .max)
    }

    private func startDue() {
        guard !isStopped else { return }
        let now = clock.now
        if let jump = jumps.observe(wall: now, elapsed: clock.elapsed) { realign(by: jump, at: now) }
        if departures.isDue(at: now) { departures.leave(at: now, storage, keeping: liveRecords) }
        // Picked out first: changing the groups while looking at them would copy them all.
        let due = groups.filter { $0.value.task == nil && $0.value.nextDue <= now }
        for (key, group) in due {
            if group.next <= now { start(key, at: now) } else { startOffer(key, at: now) }
        }
    }

    /// The keys of the records of all rules that run.
    private var liveRecords: Set<String> {
        Set(groups.values.flatMap { $0.evaluator.state.rules.map(\.recordKey) })
    }

    private func start(_ key: GroupKey, at now: PreciseTime) {
        guard let group = groups[key] else { return }
        let evaluator = group.evaluator, sink = observers
        var time = group.next
        if let last = group.last {
            let evaluation = evaluator.prepared.schedule.next(after: last, at: now)
            if evaluation.missed > 0 { evaluator.count(missed: evaluation.missed) }
            time = evaluation.time
        }
        groups[key]?.last = time
        groups[key]?.next = time + evaluator.prepared.schedule.interval
        groups[key]?.task = Task {
            await evaluator.evaluate(at: time, sink: sink)
            self.finished(key, evaluator)
        }
    }

    private func startOffer(_ key: GroupKey, at now: PreciseTime) {
        guard let evaluator = groups[key]?.evaluator else { return }
        let sink = observers
        guard sink.room > 0 else {
            groups[key]?.nextOffer = now + Self.offerPause
            return
        }
        groups[key]?.task = Task {
            await evaluator.offerAgain(to: sink)
            self.finished(key, evaluator)
        }
    }

    private func finished(_ key: GroupKey, _ evaluator: GroupEvaluator) {
        guard let group = groups[key], group.evaluator === evaluator else { return }
        groups[key]?.task = nil
        groups[key]?.jump = .zero
        if group.jump != .zero { evaluator.moveTimes(by: group.jump) }
        let hasOffers = evaluator.hasOffers
        groups[key]?.nextOffer = hasOffers ? clock.now + Self.offerPause : nil
        fulfil(key, group)
        // `run` did not count the group when it chose how long to sleep, because the group was being evaluated.
        if let group = groups[key], group.task == nil, group.nextDue < wakeTime { sleeper?.cancel() }
    }

    /// Aligns all groups anew after the wall clock was set.
    private func realign(by jump: Duration, at now: PreciseTime) {
        for (key, group) in groups {
            groups[key]?.next = group.evaluator.prepared.schedule.first(after: now)
            groups[key]?.last = nil
            groups[key]?.nextOffer = nil
            if group.task == nil { group.evaluator.moveTimes(by: jump) } else { groups[key]?.jump += jump }
        }
    }

    // MARK: Looking and stopping

    /// The groups that run, in the order of their keys, and what is known of them.
    public var evaluators: [GroupEvaluator] { groups.sorted { $0.key < $1.key }.map(\.value.evaluator) }

    /// Ends evaluations after the rules that they are at, and returns when they have ended. Nothing is marked as ended:
    /// the next engine continues.
    public func stop() async {
        isStopped = true
        sleeper?.cancel()
        for group in groups.values { group.evaluator.stop() }
        for task in groups.values.compactMap(\.task) { await task.value }
        observers.finish()
    }
}
