import KTSDBModel
import PromQL
import Testing

/// The statistics of Prometheus, worked out by hand from what it documents: each step looks at all of its window, and
/// reads what no step before has read.
@Suite struct `Statistics of samples` {
    struct Case: CustomTestStringConvertible {
        var text: String
        var times: ClosedRange<Int64>
        var step: Int64
        var queryable: [Int]
        var read: [Int]
        var testDescription: String { text }

        init(
            _ text: String, _ times: ClosedRange<Int64>, _ step: Int64, _ queryable: [Int], _ read: [Int]
        ) {
            (self.text, self.times, self.step, self.queryable, self.read) = (
                text, times, step, queryable, read
            )
        }
    }

    /// A sample each ten seconds from 0 on, in two series.
    let source = TableSource(
        step: 10, ["x{a=\"1\"}": (0..<100).map(Double.init), "x{a=\"2\"}": (0..<100).map(Double.init)])

    static let cases = [
        Case("x", 201...220, 5, [2, 2, 2, 2], [2, 2, 2, 2]),
        Case("x{a=\"1\"} + 1", 201...220, 5, [1, 1, 1, 1], [1, 1, 1, 1]),
        Case("max_over_time(x{a=\"1\"}[1m])", 201...220, 5, [6, 6, 6, 6], [6, 0, 1, 0]),
        Case("sum(max_over_time(x[1m]))", 201...220, 5, [12, 12, 12, 12], [12, 0, 2, 0]),
        // Windows apart from each other: no sample is in two.
        Case("max_over_time(x{a=\"1\"}[20s])", 200...320, 60, [2, 2, 2], [2, 2, 2]),
        // Pinned: once for all steps.
        Case("x{a=\"1\"} @ 30", 201...220, 5, [1, 1, 1, 1], [1, 0, 0, 0]),
        Case("max_over_time(x{a=\"1\"}[1m] @ 30)", 201...220, 5, [4, 4, 4, 4], [4, 0, 0, 0]),
        Case("timestamp(x{a=\"1\"})", 201...220, 5, [1, 1, 1, 1], [1, 1, 1, 1]),
        // Points of a subquery are looked at by the function, and what they read counts where they come up first.
        Case("max_over_time(x{a=\"1\"}[1m:5s])", 201...220, 5, [12, 12, 12, 12], [12, 1, 1, 1]),
        Case(
            "max_over_time(x{a=\"1\"}[1m:5s] offset 10s)", 201...220, 5, [12, 12, 12, 12], [12, 1, 1, 1]),
        // What no window holds is not read, as far as statistics go.
        Case("max_over_time(x{a=\"1\"}[5s:5s])", 200...260, 30, [1, 1, 1], [1, 1, 1]),
        Case("max_over_time(sum(x)[5s:5s])", 200...260, 30, [1, 1, 1], [2, 2, 2]),
        Case(
            "max_over_time(max_over_time(x{a=\"1\"}[20s])[10s:10s])", 200...260, 30, [1, 1, 1], [2, 1, 1]),
        // Series without a bound are looked at once, and found to be no buckets; smoothed points are no samples.
        Case("histogram_quantile(0.5, x)", 201...220, 5, [2, 2, 2, 2], [2, 2, 2, 2]),
        Case("x smoothed", 201...220, 5, [0, 0, 0, 0], [0, 0, 0, 0]),
        // At one time.
        Case("x[1m]", 201...201, 0, [12], [12]),
        Case("x{a=\"1\"}[1m:5s]", 201...201, 0, [12], [12]),
        Case("sum(x)[1m:5s]", 201...201, 0, [24], [24]),
        Case("vector(1)", 200...260, 30, [0, 0, 0], [0, 0, 0]),
    ]

    @Test(arguments: cases) func `each step counts what it looks at and what it reads`(test: Case)
        throws
    {
        let engine = testEngine()
        let query = try engine.prepare(test.text)
        func statistics(_ countsSteps: Bool) throws -> QueryStatistics {
            let start = Timestamp(milliseconds: test.times.lowerBound * 1000)
            let end = Timestamp(milliseconds: test.times.upperBound * 1000)
            var overrides = QueryOverrides()
            overrides.countsSteps = countsSteps
            return test.step == 0
                ? try engine.evaluate(query.expression, at: start, in: source, overrides: overrides)
                    .statistics
                : try engine.evaluate(
                    query.expression, over: start...end, step: .seconds(test.step), in: source,
                    overrides: overrides
                ).statistics
        }
        let detailed = try statistics(true)
        #expect(detailed.queryableSamplesPerStep == test.queryable)
        #expect(detailed.samplesReadPerStep == test.read)
        // The totals are the same whether steps are told apart or not.
        let plain = try statistics(false)
        #expect(plain.queryableSamplesPerStep.isEmpty && plain.samplesReadPerStep.isEmpty)
        for statistics in [detailed, plain] {
            #expect(statistics.queryableSamples == test.queryable.reduce(0, +))
            #expect(statistics.samplesRead == test.read.reduce(0, +))
        }
    }
}
