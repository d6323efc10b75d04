public import KTSDBModel
internal import Synchronization

/// Evaluates the rules of a group: for each a query, a step of its state machine, alerts to send, one commit.
///
/// It has no timers: ``RuleEngine`` calls it when the group is due, unit tests and back-tests step by step. Safe for
/// use by any number of threads at once, but only one evaluation may run at a time.
public final class GroupEvaluator: Sendable {
    /// What is evaluated.
    public let prepared: PreparedGroup
    private let storage: any RuleStorage
    private let options: Mutex<RuleOptions>
    let content: Mutex<GroupState>
    let isStopped = Atomic(false)
    /// What the wall clock shows; for what the API shows, evaluations do not depend on it.
    private let wallClock: @Sendable () -> PreciseTime

    /// Creates an evaluator that continues from `state`.
    public init(
        _ prepared: PreparedGroup, storage: any RuleStorage, options: RuleOptions, state: GroupState? = nil,
        wallClock: @escaping @Sendable () -> PreciseTime = { PreciseTime(.now) }
    ) {
        self.prepared = prepared
        self.storage = storage
        self.options = Mutex(options)
        self.wallClock = wallClock
        content = Mutex(state ?? GroupState(prepared.group))
    }

    /// The group.
    public var group: RuleGroup { prepared.group }
    /// What is remembered of the group.
    public var state: GroupState { content.withLock { $0 } }

    /// Evaluates with other options from now on.
    public func setOptions(_ options: RuleOptions) { self.options.withLock { $0 = options } }

    /// Makes a running evaluation end after the rule that it is at.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Moves the times in the states of all rules, because the wall clock was set.
    func moveTimes(by duration: Duration) {
        content.withLock { content in
            for index in content.rules.indices {
                content.rules[index].state = content.rules[index].state.moved(by: duration)
                content.rules[index].offer = nil
            }
        }
    }

    /// Counts evaluations that were left out.
    func count(missed: Int) {
        content.withLock { content in
            content.statistics.missed += missed
            content.statistics.scheduled += missed
        }
    }

    // MARK: Evaluation

    /// Evaluates all rules at one time, one after the other, on the calling thread.
    public func evaluate(at time: PreciseTime, sink: (any AlertSink)? = nil) {
        let run = begin(at: time, sink)
        for index in group.rules.indices where !isStopped.load(ordering: .relaxed) {
            let start = Start(at: wallClock()), view = storage.view(), expression = prepared.expressions[index]
            let result = Result { () throws(RuleError) in try expression.evaluate(at: run.context.queryTime, in: view) }
            finish(
                QueriedRule(index: index, result: result, view: view, start: start, duration: .now - start.instant), run
            )
        }
        end(run)
    }

    /// Evaluates all rules at one time, those together that may be. No thread of the caller waits for a long query or
    /// for the disk.
    public func evaluate(at time: PreciseTime, sink: (any AlertSink)? = nil) async {
        let run = begin(at: time, sink), width = max(1, run.options.concurrentRules)
        if width > 1 {
            for batch in prepared.dependencies.batches { await evaluateTogether(batch, run, width: width) }
        } else {
            for rules in prepared.dependencies.runs { await evaluateInTurn(rules, run) }
        }
        await Self.threads.run { self.end(run) }
    }

    /// Where results are stored, since that may wait for the disk.
    static let threads = BlockingThreads("ktsdb.rules", count: 8)
    /// How long results wait for those of other rules, so that one change of threads stores them all.
    private static let longestWait: Duration = .milliseconds(5)

    private func evaluateTogether(_ batch: [Int], _ run: Run, width: Int) async {
        await withTaskGroup(of: Void.self) { tasks in
            for (count, index) in batch.enumerated() {
                if count >= width { await tasks.next() }
                tasks.addTask {
                    guard let rule = await self.query(index, run) else { return }
                    await Self.threads.run { self.finish(rule, run) }
                }
            }
        }
    }

    /// Evaluates rules that do not read each other's series, in their order.
    private func evaluateInTurn(_ rules: Range<Int>, _ run: Run) async {
        var waiting: [QueriedRule] = []
        for index in rules {
            if let first = waiting.first, isSlow(index) || .now - first.start.instant > Self.longestWait {
                await finish(waiting, run)
                waiting = []
            }
            guard let rule = await query(index, run) else { break }
            waiting.append(rule)
        }
        if !waiting.isEmpty { await finish(waiting, run) }
    }

    /// Whether the last evaluation of the rule took so long that others should not wait for the next one.
    private func isSlow(_ index: Int) -> Bool { content.withLock { $0.rules[index].duration } > Self.longestWait }

    private func finish(_ rules: [QueriedRule], _ run: Run) async {
        await Self.threads.run { for rule in rules { self.finish(rule, run) } }
    }

    /// Evaluates the rule's expression. Returns nil if the evaluator is stopped.
    private func query(_ index: Int, _ run: Run) async -> QueriedRule? {
        guard !isStopped.load(ordering: .relaxed) else { return nil }
        let start = Start(at: wallClock()), view = storage.view()
        let result = await prepared.expressions[index].result(at: run.context.queryTime, in: view)
        return QueriedRule(index: index, result: result, view: view, start: start, duration: .now - start.instant)
    }

    /// A rule and the result of its query.
    private struct QueriedRule: Sendable {
        var index: Int
        var result: Result<[RuleSample], RuleError>
        var view: any SeriesSource
        var start: Start
        /// How long the query took.
        var duration: Duration
    }

    /// When the evaluation of a rule began.
    private struct Start: Sendable {
        var wall: PreciseTime
        var instant = ContinuousClock.now

        init(at wall: PreciseTime) { self.wall = wall }
    }

    /// What the rules of one evaluation have in common.
    private struct Run: Sendable {
        var time: PreciseTime
        var sink: (any AlertSink)?
        var options: RuleOptions
        var context: RuleContext
        var start: ContinuousClock.Instant
    }

    private func begin(at time: PreciseTime, _ sink: (any AlertSink)?) -> Run {
        let options = options.withLock { $0 }
        let context = RuleContext(
            time: time, queryOffset: group.queryOffset ?? options.queryOffset, limit: group.limit,
            bounds: options.bounds)
        let wall = wallClock()
        content.withLock { content in
            content.statistics.scheduled += 1
            content.statistics.samples = 0
            content.statistics.lastEvaluation = wall
        }
        return Run(time: time, sink: sink, options: options, context: context, start: .now)
    }

    /// Takes the rule's state machine one step on, sends what is due, and stores what it gives.
    private func finish(_ rule: QueriedRule, _ run: Run) {
        let index = rule.index, start = ContinuousClock.now
        let old = content.withLock { $0.rules[index] }
        var new = old
        let step = step(rule, old.state, run)
        new.state = step.state
        new.offer = nil
        if step.error == nil { send(&new, index, run) }
        let samples = commit(step, from: old.state, &new)
        new.lastEvaluation = rule.start.wall
        new.duration = rule.duration + (.now - start)
        run.options.timings?.evaluatedRule(in: new.duration)
        content.withLock { content in
            content.rules[index] = new
            content.statistics.ruleEvaluations += 1
            content.statistics.samples += samples
            if new.state.health != .ok { content.statistics.ruleFailures += 1 }
        }
    }

    private func step(_ queried: QueriedRule, _ state: RuleState, _ run: Run) -> RuleStep {
        let result = queried.result
        switch group.rules[queried.index] {
        case .recording(let rule): return rule.evaluate(state, result, in: run.context)
        case .alerting(let rule):
            let language = run.options.language, time = run.time.timestamp
            // A new view, because templates also read what earlier rules of this evaluation have stored.
            let query: @Sendable (String) throws -> [RuleSample] = { [storage] text in
                try language.prepare(text).evaluate(at: time, in: storage.view())
            }
            let input = AlertInput(
                expand: { text, sample, values in
                    var data = RuleTemplateData(
                        name: "__alert_" + rule.name, sample: sample, environment: run.options.environment,
                        time: run.time, query: query)
                    data.alertValues = values
                    return run.options.templates.text(text, with: data, limit: run.options.bounds.textBytes)
                },
                subjects: { [expression = prepared.expressions[queried.index]] () throws(RuleError) in
                    try expression.subjects(at: run.context.queryTime, in: queried.view, language)
                })
            return rule.evaluate(state, result, in: run.context, input)
        }
    }

    /// Offers the alerts that are due, before anything is stored: a crash in between sends them twice, and not never.
    private func send(_ rule: inout RuleRuntime, _ index: Int, _ run: Run) {
        let policy = ResendPolicy(delay: run.options.resendDelay, interval: group.interval)
        var offer = AlertOffer(
            rule.state, of: group.rules[index].name, prepared.expressions[index].canonicalText, in: group.key,
            at: run.time, policy)
        guard !offer.isDone else { return }
        _ = offer.make(&rule.state, to: run.sink ?? UnlimitedSink())
        if !offer.isDone { rule.offer = offer }
    }

    /// Stores what a step gives, with the rule's state if that has changed.
    /// - Returns: How many samples were stored.
    private func commit(_ step: RuleStep, from old: RuleState, _ rule: inout RuleRuntime) -> Int {
        var commit = RuleCommit(samples: step.samples, endedSeries: step.endedSeries, time: step.time)
        let bytes = rule.record.bytes(from: old, to: rule.state)
        if let bytes { commit.records[rule.recordKey] = bytes }
        guard !commit.isEmpty else { return 0 }
        do throws(RuleError) {
            if let rejection = try storage.commit(commit) { rule.state.health = .failed(rejection) }
            if let bytes { rule.record.remember(bytes, rule.state) }
            return step.samples.count
        } catch {
            rule.state.health = .failed(error)
            rule.state.written = old.written
            return 0
        }
    }

    /// Marks the series of rules that are gone, and restores alerts when that is due.
    private func end(_ run: Run) {
        cleanUp(at: run.context.queryTime)
        let duration = ContinuousClock.now - run.start
        run.options.timings?.evaluatedGroup(in: duration)
        let isTimeToRestore = content.withLock { content in
            content.statistics.duration = duration
            guard let count = content.evaluationsBeforeRestoring else { return false }
            content.evaluationsBeforeRestoring = count > 1 ? count - 1 : nil
            return count <= 1
        }
        if isTimeToRestore { restore(at: wallClock(), run.options.restorer) }
    }

    /// Restores since when alerts are active that have no record.
    public func restore(at now: PreciseTime, _ restorer: ActivityRestorer) {
        let start = ContinuousClock.now, view = storage.view(), states = state.ruleStates
        for (index, rule) in group.rules.enumerated() where !states[index].isRestored {
            guard case .alerting(let rule) = rule else { continue }
            let restored = restorer.restore(states[index], of: rule, in: view, at: now)
            content.withLock { $0.rules[index].state = restored }
        }
        content.withLock { $0.statistics.restoring = .now - start }
    }

    private func cleanUp(at time: Timestamp) {
        let (series, records) = content.withLock { ($0.endedSeries, $0.endedRecords) }
        var commit = RuleCommit(endedSeries: Array(series), time: time)
        for key in records { commit.records.updateValue(nil, forKey: key) }
        guard !commit.isEmpty else { return }
        do throws(RuleError) { _ = try storage.commit(commit) } catch { return }
        content.withLock { content in
            content.endedSeries = []
            content.endedRecords = []
        }
    }
}
