import KTSDBModel
import PromQL
import Synchronization
import Testing

@Suite struct EngineTests {
    let engine = testEngine()
    let source = TableSource(
        step: 60, ["x{a=\"1\"}": (0...10).map(Double.init), "x{a=\"2\"}": (0...10).map(Double.init)])

    @Test func `an asynchronous query gives what the synchronous one gives`() async throws {
        let time = Timestamp(milliseconds: 300_000)
        #expect(try await engine.query("sum(x)", at: time, in: source).lines == ["{} 10"])
        let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 120_000)
        let result = try await engine.query("sum(x)", over: range, step: .seconds(60), in: source)
        #expect(result.lines == ["{} 0@0 2@60000 4@120000"])
        await #expect(throws: QueryError.self) { try await engine.query("sum(", at: time, in: source) }
    }

    @Test func `a prepared query gives what its text gives, annotations with their places included`() async throws {
        let time = Timestamp(milliseconds: 300_000), text = "  sum(rate(x[5m]))"
        let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 120_000)
        let prepared = try engine.prepare(text)
        #expect(prepared.text == text)
        let atOnce = try await engine.query(prepared, at: time, in: source)
        let fromText = try await engine.query(text, at: time, in: source)
        #expect(atOnce.lines == fromText.lines && !atOnce.lines.isEmpty)
        #expect(atOnce.infos == fromText.infos && atOnce.infos.first?.hasSuffix("(1:12)") == true)
        let steps = try await engine.query(prepared, over: range, step: .seconds(60), in: source)
        #expect(steps.lines == (try await engine.query(text, over: range, step: .seconds(60), in: source)).lines)
        // A tree that was not read has no places.
        let built = try await engine.query(PreparedQuery(prepared.expression), at: time, in: source)
        #expect(built.lines == atOnce.lines)
        #expect(throws: QueryError.self) { try engine.prepare("sum(") }
    }

    @Test func `the kinds of values`() throws {
        guard case .scalar(let sample) = try engine.result("1 + 1", at: 5, in: source).value else {
            Issue.record("A scalar was expected.")
            return
        }
        #expect(sample == Sample(timestamp: Timestamp(milliseconds: 5000), value: 2))
        guard
            case .string("text", at: Timestamp(milliseconds: 5000)) = try engine.result("\"text\"", at: 5, in: source)
                .value
        else {
            Issue.record("A string was expected.")
            return
        }
        #expect(try engine.lines("1 + 1", from: 0, to: 2, step: 1, in: source) == ["{} 2 2 2"])
    }

    @Test func `series of a range query are ordered by labels and share their times`() throws {
        guard case .matrix(let series) = try engine.result("x", from: 0, to: 600, step: 60, in: source).value else {
            return
        }
        #expect(series.map(\.labels) == [labels("x{a=\"1\"}"), labels("x{a=\"2\"}")])
        #expect(series[0].timestamps == series[1].timestamps)
        #expect(series[0].samples.count == 11)
    }

    @Test(arguments: [
        ("x[5m]", "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"),
        ("\"x\"", "invalid expression type \"string\" for range query, must be Scalar or instant Vector"),
    ])
    func `a range query is of a scalar or a vector`(query: String, message: String) throws {
        #expect { try engine.result(query, from: 0, to: 1, step: 1, in: source) } throws: { "\($0)" == message }
    }

    @Test func `a step is positive, and times far from the present are refused`() throws {
        let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1)
        #expect(throws: QueryError.self) { try engine.evaluate(parse("1"), over: range, step: .zero, in: source) }
        #expect(throws: QueryError.self) { try engine.evaluate(parse("x"), at: .latest, in: source) }
        #expect(throws: QueryError.self) { try engine.evaluate(parse("x"), at: .earliest, in: source) }
        #expect(throws: QueryError.self) {
            try engine.evaluate(parse("x"), over: .earliest ... .latest, step: .seconds(1), in: source)
        }
        #expect(try engine.lines("x @ 1e15 offset 290y", in: source) == [])
        #expect(try engine.lines("count_over_time(x{a=\"1\"}[290y] offset -290y)", in: source) == ["{a=\"1\"} 10"])
        #expect(throws: QueryError.self) { try engine.result("x[1y:1ms]", at: 0, in: source) }
    }

    @Test func `what is pinned in a subquery without points is evaluated for its errors`() throws {
        let source = TableSource(["x{a=\"1\"}": [1, 2], "x{a=\"2\"}": [3, 4]])
        // No multiple of five minutes is in the minute before 100 seconds.
        #expect(try engine.lines("sum_over_time((x + on () x)[1m:5m])", at: 100, in: source) == [])
        for pinned in ["x @ 60 + on () x @ 60", "x + (x @ 60 + on () x @ 60)", "abs(x @ 60 + on () x @ 60) + x"] {
            #expect(throws: QueryError.self) {
                try engine.lines("sum_over_time((\(pinned))[1m:5m])", at: 100, in: source)
            }
        }
        #expect(try engine.lines("sum_over_time((x @ 60 + x @ 60)[1m:5m])", at: 100, in: source) == [])
    }

    // MARK: Limits

    @Test func `a query that needs too many samples is refused before it makes them`() throws {
        let small = testEngine { $0.maximumSamples = 50 }
        #expect {
            try small.result("x", from: 0, to: 600, step: 10, in: source)
        } throws: { error in
            guard case .tooManySamples(limit: 50, let needed) = error as? QueryError else { return false }
            return needed > 50 && "\(error)".hasPrefix("query processing would load too many samples into memory")
        }
        #expect(throws: QueryError.self) { try small.result("1", from: 0, to: 1000, step: 1, in: source) }
        #expect(throws: QueryError.self) { try small.result("sum_over_time(x[10m:1s])", at: 600, in: source) }
        #expect(try small.lines("sum(x)", at: 600, in: source) == ["{} 20"])
        let overridden = QueryOverrides(maximumSamples: 3)
        #expect(throws: QueryError.self) {
            try engine.evaluate(
                parse("x[10m]"), at: Timestamp(milliseconds: 600_000), in: source, overrides: overridden)
        }
        // Milliards of points: an error, not death.
        #expect(throws: QueryError.self) { try engine.result("x", from: 0, to: 4e9, step: 0.001, in: source) }
    }

    @Test func `what was held is given back`() throws {
        let small = testEngine { $0.maximumSamples = 200 }
        let query = (0..<20).map { _ in "sum(x)" }.joined(separator: " + ")
        #expect(try small.lines(query, from: 0, to: 600, step: 60, in: source).count == 1)
    }

    @Test func `a query ends at its deadline`() throws {
        let hurried = QueryOverrides(timeout: .zero)
        #expect {
            try engine.evaluate(parse("sum(x)"), at: Timestamp(milliseconds: 0), in: source, overrides: hurried)
        } throws: { error in
            guard case .timeout = error as? QueryError else { return false }
            return "\(error)".hasPrefix("query timed out in expression evaluation")
        }
    }

    @Test func `a query that is cancelled ends, between two series`() throws {
        let cancellation = QueryCancellation()
        let source = HookedSource(source) { cancellation.cancel() }
        #expect {
            try engine.evaluate(parse("sum(x)"), at: Timestamp(milliseconds: 0), in: source, cancellation: cancellation)
        } throws: { error in
            guard case .cancelled = error as? QueryError else { return false }
            return true
        }
        #expect(source.decodes == 1)
    }

    @Test func `cancelling the task cancels the query`() async throws {
        let started = Mutex<Task<QueryResult, any Error>?>(nil)
        let hooked = HookedSource(source) { started.withLock { $0?.cancel() } }
        let engine = engine
        started.withLock { task in
            task = Task { try await engine.query("sum(x)", at: Timestamp(milliseconds: 0), in: hooked) }
        }
        let task = started.withLock { $0 }!
        await #expect(throws: QueryError.self) { try await task.value }
    }

    @Test func `a source that fails ends the query with its error`() throws {
        let failing = FailingSource()
        #expect {
            try engine.result("sum(x)", at: 0, in: failing)
        } throws: { error in
            guard case .storage(.viewEnded) = error as? QueryError else { return false }
            return true
        }
    }

    @Test func `an expression that was built too deep by hand is refused`() throws {
        var expression = try parse("-x")
        guard case .unary(var node) = expression else { return }
        for _ in 0..<3000 {
            node.operand = expression
            expression = .unary(node)
        }
        #expect(throws: QueryError.self) { try engine.evaluate(expression, at: Timestamp(milliseconds: 0), in: source) }
    }

    // MARK: Names

    @Test func `names go with each operation, or all at the end`() throws {
        let source = TableSource(["a_total{x=\"1\"}": [1], "b_total{x=\"1\"}": [2]])
        let late = testEngine { $0.delayedNameRemoval = true }
        #expect(throws: QueryError.self) { try engine.result("abs({x=\"1\"})", at: 0, in: source) }
        #expect(throws: QueryError.self) { try late.result("abs({x=\"1\"})", at: 0, in: source) }
        #expect(try late.lines("count(sum by (__name__) (abs({x=\"1\"})))", in: source) == ["{} 2"])
        #expect(
            try late.lines("label_replace(abs({x=\"1\"}), \"__name__\", \"n_$1\", \"__name__\", \"(.).*\")", in: source)
                == ["n_a{x=\"1\"} 1", "n_b{x=\"1\"} 2"])
        #expect(try late.lines("abs(a_total)", in: source) == ["{x=\"1\"} 1"])
        #expect(try engine.lines("a_total + b_total", in: source) == ["{x=\"1\"} 3"])
        #expect(try late.lines("a_total + b_total", in: source) == ["{x=\"1\"} 3"])
    }

    @Test func `type and unit go with the name`() throws {
        let source = TableSource(["a{__type__=\"counter\",__unit__=\"s\",x=\"1\"}": [1]])
        #expect(try engine.lines("abs(a)", in: source) == ["{x=\"1\"} 1"])
        #expect(try engine.lines("a > 0", in: source) == ["a{__type__=\"counter\", __unit__=\"s\", x=\"1\"} 1"])
    }

    @Test func `info adds the labels of the target`() throws {
        let source = TableSource([
            "m{instance=\"i\",job=\"j\",l=\"1\"}": [1], "m{instance=\"o\",job=\"j\"}": [2],
            "target_info{instance=\"i\",job=\"j\",data=\"d\",l=\"2\"}": [1],
        ])
        #expect(
            try engine.lines("info(m)", in: source)
                == ["m{data=\"d\", instance=\"i\", job=\"j\", l=\"1\"} 1", "m{instance=\"o\", job=\"j\"} 2"])
        #expect(
            try engine.lines("info(m, {data=~\".+\"})", in: source) == [
                "m{data=\"d\", instance=\"i\", job=\"j\", l=\"1\"} 1"
            ])
    }

    @Test func `places count lines and columns`() throws {
        let source = TableSource(["x": [1]])
        let result = try engine.result("1\n +  quantile(2, x)", at: 0, in: source)
        #expect(result.warnings == ["PromQL warning: quantile value should be between 0 and 1, got 2 (2:14)"])
    }
}

private struct FailingSource: SeriesSource {
    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        throw .viewEnded
    }
}
