import KTSDBModel
import LogQL
import Testing

/// Metric queries as people write them.
@Suite struct MetricQueryTests {
    private static let second: Int64 = 1_000_000_000

    private static let source: MemoryLogSource = {
        var source = MemoryLogSource()
        source.add(["app": "a", "pod": "1"], 1 * second, #"{"level":"info","ms":10,"at":"x"}"#)
        source.add(["app": "a", "pod": "1"], 2 * second, #"{"level":"warn","ms":30}"#)
        source.add(["app": "a", "pod": "2"], 3 * second, #"{"level":"info","ms":"slow"}"#)
        source.add(["app": "a", "pod": "2"], 4 * second, #"{"level":"info","ms":20,"cut"#)
        source.add(["app": "b", "pod": "1"], 5 * second, "plain")
        return source
    }()

    private static func instant(
        _ text: String, at seconds: Int64 = 10, _ options: LogQLOptions = .init()
    ) throws(LogQLError) -> [String: Double] {
        let request = LogInstantRequest(time: seconds * second)
        let result = try LogQLEngine(options).query(LogQLExpression(parsing: text), request, in: source)
        switch result.value {
        case .vector(let samples):
            return Dictionary(samples.map { ("\($0.labels)", $0.value) }) { first, _ in first }
        case .scalar(let number, let time): return ["scalar at \(time / second)": number]
        case .matrix, .streams: return [:]
        }
    }

    private static func range(_ text: String, _ start: Double, _ end: Double, step: Double) throws -> [[Double]] {
        func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
        let request = LogRangeRequest(
            start: nanoseconds(start), end: nanoseconds(end), step: nanoseconds(step))
        guard
            case .matrix(let series) = try LogQLEngine().query(
                LogQLExpression(parsing: text), request, in: source
            ).value
        else { return [] }
        return series.map { series in zip(series.times, series.values).flatMap { [Double($0) / 1e9, $1] } }
    }

    @Test(
        arguments: [
            ("sum(count_over_time({app=~\".+\"}[10s]))", ["{}": 5]),
            ("sum by (app) (count_over_time({app=~\".+\"}[10s]))", [#"{app="a"}"#: 4, #"{app="b"}"#: 1]),
            ("sum without (pod) (count_over_time({app=~\".+\"}[10s]))", [#"{app="a"}"#: 4, #"{app="b"}"#: 1]),
            ("topk(1, sum by (app) (count_over_time({app=~\".+\"}[10s])))", [#"{app="a"}"#: 4]),
            (
                "topk by (pod) (1, count_over_time({app=~\".+\"}[10s]))",
                [#"{app="a", pod="1"}"#: 2, #"{app="a", pod="2"}"#: 2]
            ),
            ("sum(rate({app=\"a\"}[8s]))", ["{}": 0.25]),
            ("vector(1) + vector(1)", ["{}": 2]), ("1 + 1", ["scalar at 10": 2]), ("vector(3) / 0 == vector(1)", [:]),
            ("vector(3) > bool 2", ["{}": 1]), ("2 < vector(3)", ["{}": 3]),
            ("sum(count_over_time({app=\"none\"}[10s])) or vector(0)", ["{}": 0]),
            ("absent_over_time({app=\"none\", pod=~\"1\"}[10s])", [#"{app="none"}"#: 1]),
            ("absent_over_time({app=\"none\", app=~\"n.*\"}[10s])", ["{}": 1]),
            ("absent_over_time({app=\"a\"}[10s])", [:]),
            ("label_replace(vector(1), \"x\", \"a$1\", \"y\", \"(.*)\")", [#"{x="a"}"#: 1]),
            (
                "label_replace(sum by (app) (count_over_time({app=\"a\"}[10s])), \"b\", \"<${1}>\", \"app\", \"(.)\")",
                [#"{app="a", b="<a>"}"#: 4]
            ),
            (
                "label_replace(sum by (app) (count_over_time({app=\"a\"}[10s])), \"app\", \"\", \"app\", \".*\")",
                ["{}": 4]
            ),
            ("count_over_time({app=\"b\"}[5s])", [:]),
            ("count_over_time({app=\"b\"}[5001ms])", [#"{app="b", pod="1"}"#: 1]),
            ("count_over_time({app=\"b\"}[1s] offset 5s)", [#"{app="b", pod="1"}"#: 1]),
            ("count_over_time({app=\"b\"}[0s])", [:]),
            (
                "sum by (app, pod) (count_over_time({app=~\"a|b\"}[10s])) / on (app) group_left () "
                    + "sum by (app) (count_over_time({app=~\"a|b\"}[10s]))",
                [#"{app="a", pod="1"}"#: 0.5, #"{app="a", pod="2"}"#: 0.5, #"{app="b", pod="1"}"#: 1]
            ),
        ] as [(String, [String: Double])])
    func `an instant query`(text: String, values: [String: Double]) throws {
        #expect(try Self.instant(text) == values)
    }

    @Test func `whatever is divided by zero is not a number`() throws {
        for text in ["vector(3) / 0", "vector(3) % 0", "vector(3) / vector(0)", "0 / vector(0)"] {
            #expect(try Self.instant(text)["{}"]?.isNaN ?? false)
        }
    }

    @Test func `sort orders an instant vector, and numbers come first`() throws {
        func values(_ text: String) throws -> [Double] {
            let result = try LogQLEngine().query(
                LogQLExpression(parsing: text), LogInstantRequest(time: 10 * Self.second), in: Self.source)
            guard case .vector(let samples) = result.value else { return [] }
            return samples.map(\.value)
        }
        let counts = #"sum by (app) (count_over_time({app=~".+"}[10s]))"#
        #expect(try values("sort(\(counts))") == [1, 4])
        #expect(try values("sort_desc(\(counts))") == [4, 1])
        #expect(try values("topk(5, \(counts))") == [4, 1])
        #expect(try values("bottomk(5, \(counts))") == [1, 4])
        #expect(try values("sort(0 / (\(counts) - 4) or vector(7))").first == 0)
    }

    @Test func `points are at multiples of the step around the range`() throws {
        let text = #"sum(count_over_time({app=~".+"}[2s]))"#
        #expect(try Self.range(text, 1.5, 3.5, step: 2) == [[2, 2, 4, 2]])
        #expect(try Self.range(text, -3.5, 1.5, step: 1) == [[1, 1, 2, 2]])
        #expect(try Self.range("vector(1)", -3.5, 1.5, step: 2) == [[-4, 1, -2, 1, 0, 1, 2, 1]])
        #expect(try Self.range("1 + 1", 1, 2, step: 1) == [[1, 2, 2, 2]])
    }

    @Test func `a step beyond the range of numbers is not taken`() throws {
        for (start, end) in [(Int64.max - 5, Int64.max), (.min, .min + 5)] {
            let request = LogRangeRequest(start: start, end: end, step: 10)
            let result = try LogQLEngine().query(
                LogQLExpression(parsing: #"count_over_time({app="a"}[10s] offset 5s) or vector(1)"#), request,
                in: Self.source)
            guard case .matrix(let series) = result.value else { continue }
            #expect(series.flatMap(\.times).allSatisfy { $0 % 10 == 0 })
            #expect(series.count == 1)
        }
    }

    // MARK: Errors of lines

    private static func failure(_ text: String) -> LogQLError? {
        do throws(LogQLError) {
            _ = try instant(text)
            return nil
        } catch { return error }
    }

    @Test func `a line with an error in the window fails the query`() throws {
        let error = Self.failure(#"count_over_time({app="b"} | json [10s])"#)
        #expect(error?.kind == .invalidQuery)
        #expect(
            error?.description.hasPrefix(
                #"pipeline error: 'JSONParserErr' for series: '{__error__="JSONParserErr", __error_details__="#)
                ?? false)
        #expect(
            error?.description.hasSuffix(
                """
                app="b", pod="1"}'.
                Use a label filter to intentionally skip this error. (e.g | __error__!="JSONParserErr").
                To skip all potential errors you can match empty errors.(e.g __error__="")
                The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )
                """) ?? false)
        #expect(Self.failure(#"count_over_time({app="b"} | json [1s])"#) == nil)
        #expect(Self.failure(#"count_over_time({app="b"} | json | __error__!="" [10s])"#) != nil)
        #expect(Self.failure(#"max by (level) (count_over_time({app="b"} | json [10s]))"#) != nil)
        #expect(Self.failure(#"absent_over_time({app="b"} | json [10s])"#) != nil)
    }

    @Test func `an error is no error to a query that does not need the labels after it`() throws {
        #expect(try Self.instant(#"sum(count_over_time({app=~".+"} | json [10s]))"#) == ["{}": 5])
        #expect(
            try Self.instant(#"sum by (level) (count_over_time({app="a"} | json [10s]))"#)
                == [#"{level="info"}"#: 3, #"{level="warn"}"#: 1])
        #expect(Self.failure(#"sum by (level, at) (count_over_time({app="a"} | json [10s]))"#) != nil)
        #expect(Self.failure(#"sum without (pod) (count_over_time({app="a"} | json [10s]))"#) != nil)
    }

    /// `+ 0` keeps a sum from asking for the labels of its groups alone.
    @Test(arguments: ["by (level)", "by (level, pod)", "by ()", "without (ms, at)", "by (app_extracted)", "by (slow)"])
    func `the labels that a query does not ask for do not change its answer`(grouping: String) throws {
        let lines = #"{app="a"} | json | __error__="" | label_format slow=ms, level="{{.level}}!""#
        for operation in [
            "count_over_time(LINES [10s])", "rate(LINES [10s])", "bytes_over_time(LINES [10s])",
            "sum_over_time(LINES | unwrap slow | __error__=\"\" [10s])", "bytes_rate(LINES | drop pod [10s])",
        ] {
            let inner = operation.replacing("LINES", with: lines)
            let hinted = try Self.instant("sum \(grouping) (\(inner))")
            #expect(!hinted.isEmpty)
            let whole = try Self.instant("sum \(grouping) (\(inner) + 0)")
            #expect(Set(whole.keys) == Set(hinted.keys))
            // Fractions are added up in another order.
            for (labels, value) in whole { #expect(abs(value - (hinted[labels] ?? .nan)) < 1e-12) }
        }
    }

    @Test func `errors are values to a query that asks for them`() throws {
        #expect(
            try Self.instant(#"sum by (__error__) (count_over_time({app=~".+"} | json [10s]))"#)
                == ["{}": 3, #"{__error__="JSONParserErr"}"#: 2])
        #expect(
            try Self.instant(#"sum by (level) (count_over_time({app=~".+"} | json | __error__!="" [10s]))"#)
                == [#"{level="info"}"#: 1, "{}": 1])
        #expect(
            try Self.instant(#"sum by (__error__, __preserve_error__) (count_over_time({app="b"} | json [10s]))"#)
                == [#"{__error__="JSONParserErr", __preserve_error__="true"}"#: 1])
    }

    @Test func `unwrapped samples do not have their own label`() throws {
        #expect(
            try Self.instant(#"sum_over_time({app="a", pod="1"} | json | drop at | unwrap ms [10s])"#) == [
                #"{app="a", level="info", pod="1"}"#: 10, #"{app="a", level="warn", pod="1"}"#: 30,
            ])
        #expect(
            try Self.instant(#"max_over_time({app="a", pod="1"} | json | unwrap ms [10s]) by (app)"#)
                == [#"{app="a"}"#: 30])
        #expect(Self.failure(#"sum_over_time({app="a", pod="2"} | json ms | unwrap ms [6s])"#) == nil)
        #expect(
            Self.failure(#"sum_over_time({app="a", pod="2"} | json ms | unwrap ms [10s])"#)?.description
                .contains("'SampleExtractionErr'") ?? false)
        #expect(
            try Self.instant(#"sum(sum_over_time({app="a"} | json ms="ms" | unwrap ms | __error__="" [10s]))"#)
                == ["{}": 60])
    }

    // MARK: Matching

    @Test(arguments: [
        (
            "sum by (app) (count_over_time({app=~\".+\"}[10s])) + on () sum by (app) (count_over_time({app=~\".+\"}[10s]))",
            "found duplicate series on the right hand-side;many-to-many matching not allowed: matching labels must be "
                + "unique on one side"
        ),
        (
            "sum by (app) (count_over_time({app=~\".+\"}[10s])) + on () group_right () vector(1) * 0 + "
                + "sum by (app) (count_over_time({app=~\".+\"}[10s]))",
            "found duplicate series on the left hand-side;many-to-many matching not allowed: matching labels must be "
                + "unique on one side"
        ),
        (
            "sum by (app) (count_over_time({app=~\".+\"}[10s])) + on () vector(1)",
            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
        ),
    ])
    func `series that match several are an error`(text: String, message: String) {
        let error = Self.failure(text)
        #expect(error?.kind == .matching && error?.description == message)
    }

    @Test func `approx_topk is topk, where it is allowed`() throws {
        let text = #"approx_topk(1, sum by (app) (count_over_time({app=~".+"}[10s])))"#
        #expect(try Self.instant(text) == [#"{app="a"}"#: 4])
        var options = LogQLOptions()
        options.allowsApproximateTopk = false
        #expect(throws: LogQLError(.notEnabled, "approx_topk is not enabled. See -limits.shard_aggregations")) {
            try Self.instant(text, at: 10, options)
        }
    }
}
