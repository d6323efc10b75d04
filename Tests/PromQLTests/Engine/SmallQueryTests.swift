import Foundation
import KTSDBModel
import PromQL
import Synchronization
import Testing

/// Runs jobs on one thread that nothing else uses.
private final class OneThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let isStopped = Atomic(false)
    private let wakeup = DispatchSemaphore(value: 0)
    private let id = Atomic<UInt>(0)

    init() {
        Thread.detachNewThread { [self] in
            id.store(pthread_self(), ordering: .relaxed)
            while !isStopped.load(ordering: .relaxed) {
                wakeup.wait()
                guard let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { continue }
                // SAFETY: each job is run exactly once, here.
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    var isCurrent: Bool { id.load(ordering: .relaxed) == pthread_self() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        wakeup.signal()
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        wakeup.signal()
    }
}

@Suite struct SmallQueryTests {
    private static let table = TableSource(
        step: 60, ["x{a=\"1\"}": (0...10).map(Double.init), "x{a=\"2\"}": (0...10).map(Double.init)])
    private static let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 600_000)

    @Test(arguments: [
        "x", "sum(rate(x[5m]))", "x + on (a) x", "max_over_time(sum(x)[5m:1m])", "quantile_over_time(0.5, x[1h])",
        "x @ 300 offset 1m", "1 + 1", "absent(nothing)", "label_replace(x, \"b\", \"$1\", \"a\", \"(.*)\")",
    ]) func `a small query is evaluated where it was asked`(text: String) async throws {
        let thread = OneThread(), engine = testEngine()
        defer { thread.stop() }
        let elsewhere = Counter()
        let source = HookedSource(Self.table, bound: 2) { if !thread.isCurrent { elsewhere.increment() } }
        let (instant, steps) = try await withTaskExecutorPreference(thread) {
            (
                try await engine.query(text, at: Timestamp(milliseconds: 300_000), in: source),
                try await engine.query(text, over: Self.range, step: .seconds(60), in: source)
            )
        }
        #expect(instant.lines == (try engine.result(text, at: 300, in: Self.table)).lines)
        #expect(steps.lines == (try engine.result(text, from: 0, to: 600, step: 60, in: Self.table)).lines)
        #expect(elsewhere.value == 0)
    }

    @Test(arguments: [
        // Many steps, many steps of a subquery, wide windows, and a function that looks for series by itself.
        ("x", 10), ("sum_over_time(x[10m:10ms])", 60_000), ("quantile_over_time(0.5, x[30d])", 60_000),
        ("info(x)", 60_000),
    ]) func `a query that may be large goes to a thread of its own, with what was selected`(
        text: String, step: Int64
    ) async throws {
        let thread = OneThread(), engine = testEngine()
        defer { thread.stop() }
        let elsewhere = Counter()
        let source = HookedSource(Self.table, bound: 2) { if !thread.isCurrent { elsewhere.increment() } }
        _ = try await withTaskExecutorPreference(thread) {
            try await engine.query(text, over: Self.range, step: .milliseconds(step), in: source)
        }
        #expect(elsewhere.value > 0)
        // `info` selects what it finds besides.
        #expect(source.selections <= (text.hasPrefix("info") ? 2 : 1))
    }

    @Test(arguments: [nil, 2001, Int.max]) func `what may select much is not selected to find out`(bound: Int?)
        async throws
    {
        let source = HookedSource(Self.table, bound: bound)
        let result = try await testEngine().query("sum(x)", at: Timestamp(milliseconds: 300_000), in: source)
        #expect(result.lines == ["{} 10"])
        #expect(source.selections == 1)
    }

    @Test func `a selector that comes twice is selected once`() async throws {
        let source = HookedSource(Self.table, bound: 2)
        let result = try await testEngine().query("sum(x) / count(x)", at: Timestamp(milliseconds: 300_000), in: source)
        #expect(result.lines == ["{} 5"])
        #expect(source.selections == 1)
    }

    @Test func `a small query of a cancelled task is not evaluated`() async throws {
        let source = HookedSource(Self.table, bound: 2), engine = testEngine()
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await engine.query("x", at: Timestamp(milliseconds: 0), in: source)
        }
        await #expect(throws: QueryError.self) { try await task.value }
    }

    @Test func `errors are the same, wherever they are found`() async throws {
        let engine = testEngine { $0.maximumSamples = 1 }
        let source = HookedSource(Self.table, bound: 2)
        await #expect(throws: QueryError.self) {
            try await engine.query("x", over: Self.range, step: .seconds(60), in: source)
        }
        await #expect(throws: QueryError.self) {
            try await engine.query("x", over: Self.range, step: .zero, in: source)
        }
        await #expect(throws: QueryError.self) {
            try await engine.query("x", at: Timestamp(milliseconds: .max), in: source)
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .seconds(Int64.max)])
    func `durations that make no sense are refused, and nothing is computed with them`(duration: Duration) async throws
    {
        let source = HookedSource(Self.table, bound: 2), time = Timestamp(milliseconds: 300_000)
        let engine = testEngine { $0.defaultSubqueryStep = duration }
        await #expect(throws: QueryError.self) { try await engine.query("max_over_time(x[5m:])", at: time, in: source) }
        var overrides = QueryOverrides()
        overrides.lookback = duration
        let lookback = overrides
        await #expect(throws: QueryError.self) {
            try await testEngine().query("x", at: time, in: source, overrides: lookback)
        }
        #expect(source.selections == 0)
    }
}
