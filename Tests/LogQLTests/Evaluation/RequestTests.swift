import KTSDBModel
import LogQL
import Synchronization
import Testing

/// Parameters and limits, with the texts that clients see.
@Suite struct RequestTests {
    static func message(_ body: () throws(LogQLError) -> some Any) -> String? {
        do throws(LogQLError) {
            _ = try body()
            return nil
        } catch { return error.description }
    }

    static func refusal(
        _ request: LogRangeRequest, _ expression: LogQLExpression = .lines(LogQueryTests.all),
        _ options: LogQLOptions = .init()
    ) -> String? {
        message { () throws(LogQLError) in
            try LogQLEngine(options).query(expression, request, in: MemoryLogSource())
        }
    }

    @Test func `parameters are read as they are written`() throws {
        #expect(try LogParameter.limit("12") == 12 && LogParameter.limit("0") == 0)
        #expect(try LogParameter.direction("FORWARD") == .forward && LogParameter.direction("backward") == .backward)
        #expect(try LogParameter.step("0.5") == 500_000_000 && LogParameter.step("1500ms") == 1_500_000_000)
        #expect(try LogParameter.step("1h30m") == 5_400_000_000_000 && LogParameter.interval("0") == 0)
    }

    @Test func `what cannot be read is refused with a reason`() {
        #expect(
            Self.message { () throws(LogQLError) in try LogParameter.limit("-1") } == "limit must be a positive value")
        #expect(
            Self.message { () throws(LogQLError) in try LogParameter.limit("ten") }
                == #"strconv.Atoi: parsing "ten": invalid syntax"#)
        #expect(
            Self.message { () throws(LogQLError) in try LogParameter.direction("sideways") }
                == "invalid direction 'sideways'")
        for text in ["0", "-1", "0s"] {
            #expect(
                Self.message { () throws(LogQLError) in try LogParameter.step(text) }
                    == "zero or negative query resolution step widths are not accepted. Try a positive integer")
        }
        for text in ["x", "1.5m", "", "-", "5", "m5", "1m1h", "1m1m", "99999999999999y", "nan", "inf"] where text != "5"
        {
            #expect(
                Self.message { () throws(LogQLError) in try LogParameter.step(text) }
                    == "cannot parse \"\(text)\" to a valid duration")
        }
        #expect(
            Self.message { () throws(LogQLError) in try LogParameter.interval("-5") } == "interval must be >= 0")
    }

    private static let hour: Int64 = 3_600_000_000_000
    private static let durations: [(Int64, String)] = [
        (0, "0s"), (721 * hour, "30d1h"), (1_500_000_000, "1s500ms"), (336 * hour, "2w"), (8760 * hour, "1y"),
        (-60_000_000_000, "-1m"), (999, "0s"),
    ]

    @Test(arguments: durations)
    func `durations are written with units`(nanoseconds: Int64, text: String) {
        #expect(LogDuration.text(nanoseconds) == text)
        if nanoseconds > 999 { #expect(LogDuration.parse(text) == nanoseconds) }
    }

    @Test func `ranges and steps have bounds`() {
        let second: Int64 = 1_000_000_000
        #expect(
            Self.refusal(LogRangeRequest(start: 5, end: 5)) == "end timestamp must not be before or equal to start time"
        )
        #expect(Self.refusal(LogRangeRequest(start: 0, end: 5, limit: -1)) == "limit must be a positive value")
        #expect(
            Self.refusal(LogRangeRequest(start: 0, end: 5, limit: 6000))
                == "max entries limit per query exceeded, limit > max_entries_limit_per_query (6000 > 5000)")
        #expect(Self.refusal(LogRangeRequest(start: 0, end: 5, limit: 6000), .vector(1)) == nil)
        #expect(
            Self.refusal(LogRangeRequest(start: 0, end: 11_001 * second, step: second), .vector(1))
                == "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
        )
        #expect(Self.refusal(LogRangeRequest(start: 0, end: 11_000 * second, step: second), .vector(1)) == nil)
        #expect(
            Self.refusal(LogRangeRequest(start: 0, end: 31 * 86_400 * second))
                == "the query time range exceeds the limit (query length: 31d, limit: 30d1h)")
        #expect(Self.refusal(LogRangeRequest(start: 0, end: 9, step: 0)) != nil)
        #expect(Self.refusal(LogRangeRequest(start: 0, end: 9, interval: -1)) == "interval must be >= 0")
        #expect(Self.refusal(LogRangeRequest(start: .min, end: .max)) != nil)
    }

    @Test func `the default step is a 250th of the range, but a second at least`() {
        #expect(LogRangeRequest(start: 0, end: 3_600_000_000_000).step == 14_000_000_000)
        #expect(LogRangeRequest(start: 0, end: 5).step == 1_000_000_000)
    }

    @Test func `an answer has a bounded number of series`() throws {
        var source = MemoryLogSource()
        for number in 0..<4 { source.add(["n": "\(number)"], 1, "x") }
        let count = LogQLExpression.rangeAggregation(
            RangeAggregation(.countOverTime, lines: LogQueryTests.all, range: 10))
        var options = LogQLOptions()
        options.maximumSeries = 3
        let text = Self.message { () throws(LogQLError) in
            try LogQLEngine(options).query(count, LogInstantRequest(time: 5), in: source)
        }
        #expect(text?.hasPrefix("maximum number of series (3) reached for a single query; ") ?? false)
        let range = Self.message { () throws(LogQLError) in
            try LogQLEngine(options).query(count, LogRangeRequest(start: 0, end: 5, step: 5), in: source)
        }
        #expect(range == text)
        options.maximumSeries = 4
        #expect(
            Self.message { () throws(LogQLError) in
                try LogQLEngine(options).query(count, LogInstantRequest(time: 5), in: source)
            } == nil)
    }

    @Test func `a query ends when it is cancelled`() {
        var source = MemoryLogSource()
        for time in 0..<100 { source.add(["a": "b"], Int64(time), "x") }
        let cancellation = LogQueryCancellation()
        let batches = Mutex(0)
        source.beforeBatch = {
            let count = batches.withLock { count in
                count += 1
                return count
            }
            if count == 2 { cancellation.cancel() }
        }
        let error = #expect(throws: LogQLError.self) {
            try LogQLEngine().query(
                .lines(LogQueryTests.all), LogRangeRequest(start: 0, end: 100), in: source, cancellation: cancellation)
        }
        #expect(error?.kind == .cancelled)
        #expect(batches.withLock { $0 } == 2)
    }

    @Test func `a query ends when its time is over`() {
        var source = MemoryLogSource()
        source.add(["a": "b"], 1, "x")
        var options = LogQLOptions()
        options.timeout = .zero
        let error = #expect(throws: LogQLError.self) {
            try LogQLEngine(options).query(.vector(1), LogRangeRequest(start: 0, end: 100), in: source)
        }
        #expect(error?.kind == .timeout)
    }
}
