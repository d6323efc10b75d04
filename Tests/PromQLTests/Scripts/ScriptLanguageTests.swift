import Foundation
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `The language of PromQL scripts` {
    /// The series of a script that loads one line.
    private func series(_ line: String) throws -> PromQLTestSeries {
        let script = try PromQLTestScript("load 1m\n  \(line)")
        guard case .load(let load)? = script.commands.first else { throw Missing() }
        return try #require(load.series.first)
    }
    private struct Missing: Error {}

    private func values(_ series: PromQLTestSeries) -> [Double?] {
        series.points.map { if case .float(let value) = $0 { value } else { nil } }
    }

    @Test(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
    func `has the series of Prometheus' table`() throws {
        for item in try ParserTables.cases("series.json") {
            let line = try #require(item["line"] as? String)
            guard item["valid"] as? Bool == true else {
                #expect(throws: PromQLTestScriptError.self, "\(line)") { try series(line) }
                continue
            }
            let found = try series(line)
            let labels = try #require(item["labels"] as? [String: String])
            #expect(found.labels == Labels(labels.map { ($0.key, $0.value) }), "\(line)")
            let wanted = try #require(item["values"] as? [Any]).map { ($0 as? NSNumber)?.doubleValue }
            #expect(values(found) == wanted, "\(line)")
        }
    }

    @Test(
        arguments: [
            ("x 1 .5 -2.5 1e3 0x1f +Inf", [1, 0.5, -2.5, 1000, 31, .infinity]),
            ("x 5m 1h", [300, 3600]),
            ("x -2+4x3", [-2, 2, 6, 10]),
            ("x 1-2x2 7x1", [1, -1, -3, 7, 7]),
            ("x _x2 0x2 _", [nil, nil, 0, 0, 0, nil]),
            ("{\"a b\", 'c.d'=`e`} 1", [1]),
        ] as [(String, [Double?])])
    func `repeats, counts up and leaves out`(line: String, wanted: [Double?]) throws {
        #expect(values(try series(line)) == wanted)
    }

    @Test func `tells staleness markers from other NaNs`() throws {
        let found = values(try series("x NaN stale")).compactMap { $0 }
        #expect(found.map(\.isStaleMarker) == [false, true])
        #expect(found[0].isNaN)
    }

    @Test func `reads native histograms`() throws {
        let line =
            "x {{schema:-1 sum:-3.5 count:7 z_bucket:1 z_bucket_w:0.5 buckets:[1 2 NaN] offset:-2 "
            + "n_buckets:[3] n_offset:4 counter_reset_hint:not_reset}} {{}}x1 {{sum:1}}-{{sum:2}}x2 "
            + "{{schema:-53 custom_values:[5 10] buckets:[1 4 2]}}"
        let points = try series(line).points.map { point -> (histogram: Histogram, saysHint: Bool) in
            guard case .histogram(let histogram, let saysHint) = point else { throw Missing() }
            return (histogram, saysHint)
        }
        let histograms = points.map(\.histogram)
        #expect(histograms.count == 7)
        #expect(histograms[0].schema == -1 && histograms[0].sum == -3.5 && histograms[0].count == 7)
        #expect(histograms[0].zeroCount == 1 && histograms[0].zeroThreshold == 0.5)
        #expect(histograms[0].positive.counts.prefix(2) == [1, 2])
        #expect(histograms[0].positive.spans == [HistogramSpan(offset: -2, length: 3)])
        #expect(histograms[0].negative == HistogramBuckets(offset: 4, counts: [3]))
        #expect(histograms[0].counterResetHint == .notReset)
        #expect(points.map(\.saysHint) == [true, false, false, false, false, false, false])
        #expect(histograms[3...5].map(\.sum) == [1, -1, -3])
        #expect(histograms[6].customBounds == [5, 10])
    }

    @Test func `reads start timestamps`() throws {
        let script = try PromQLTestScript(
            """
            load 1m
              x{a="b"}@st -1m _ 0 30s+10sx1 _x2 +5sx1
              x{a="b"}    1 2 3 4 5 6 7 8 9
            """)
        guard case .load(let load)? = script.commands.first else { throw Missing() }
        #expect(load.series.map(\.startOffsets) == [[-60_000, nil, 0, 30_000, 40_000, nil, nil, 5_000, 5_000]])
    }

    @Test(arguments: [
        (1, "unload 5m"), (1, "load"), (1, "load 5q"), (1, "load 1m 2"), (2, "load 1m\n  x 1 b"),
        (3, "load 1m\n  x 1\n  x{a=\"b\" 1"), (2, "load 1m\n  x@st 1s"), (2, "load 1m\n  x@st 1s\n  y 1"),
        (2, "load 1m\n  x {{schema:1 schema:2}}"), (2, "load 1m\n  x {{size:1}}"), (2, "load 1m\n  x 1x99999999999"),
        (3, "\n\neval at 5m x"), (1, "eval instant at -5m x"), (1, "eval instant at 5m"),
        (1, "eval range from 5m to 1m step 1m x"), (1, "eval_ordered range from 0 to 1m step 1m x"),
        (2, "eval instant at 0 x\n  expect nothing"), (2, "eval instant at 0 x\n  expect fail text: x"),
        (3, "eval instant at 0 x\n  expect warn\n  expect no_warn"),
        (3, "eval instant at 0 x\n  expect fail\n  expect fail msg: a"),
        (2, "eval instant at 0 x\n  expect fail regex: ("), (2, "eval instant at 0 x\n  x 1 2"),
        (2, "eval instant at 0 x\n  expect string abc"), (2, "eval instant at 0 x\n  x"),
        (2, "eval instant at 0 x\n  expect range vector from 1m to 0 step 1m"),
    ])
    func `tells the line of a mistake`(line: Int, text: String) {
        do {
            _ = try PromQLTestScript(text)
            Issue.record("This is no script: \(text)")
        } catch {
            #expect(error.line == line, "\(text): \(error)")
            #expect(!error.message.isEmpty)
        }
    }

    /// The failures of a script whose cases are all wrong, and which loads x = 1, 2 and y = NaN.
    private func failures(_ cases: String) throws -> [PromQLTestFailure?] {
        let load = "load 1m\n  x{l=\"a\"} 1 2\n  x{l=\"b\"} 3 4\n  y NaN\n\n"
        var storage = ReferenceDatabase()
        return try PromQLTestRunner().run(try PromQLTestScript(load + cases), on: &storage).map(\.failure)
    }

    @Test(arguments: [
        "eval instant at 0 x", "eval instant at 0 x\n  x{l=\"a\"} 1",
        "eval instant at 0 x\n  x{l=\"a\"} 1\n  x{l=\"b\"} 3.00001",
        "eval instant at 0 x\n  x{l=\"a\"} 1\n  x{l=\"b\"} 3\n  x{l=\"c\"} 5",
        "eval instant at 0 x{l=\"a\"}\n  {l=\"a\"} 1",
        "eval instant at 0 sort_desc(x)\n  expect ordered\n  x{l=\"a\"} 1\n  x{l=\"b\"} 3",
        "eval instant at 0 y\n  y stale", "eval instant at 0 y\n  y 0", "eval instant at 0 1\n  2",
        "eval instant at 0 1",
        "eval instant at 0 vector(1)\n  1", "eval instant at 0 \"a\"\n  expect string \"b\"", "eval instant at 0 \"a\"",
        "eval instant at 0 x\n  expect fail", "eval_fail instant at 0 x", "eval instant at 0 x +",
        "eval instant at 0 x +\n  expect fail msg: something else", "eval instant at 0 x +\n  expect fail regex: z{3}",
        "eval_fail instant at 0 x +\n  expected_fail_message no", "eval_warn instant at 0 vector(1)\n  {} 1",
        "eval_info instant at 0 vector(1)\n  {} 1", "eval instant at 1m quantile(2, x)\n  expect no_warn\n  {} Inf",
        "eval instant at 1m quantile(2, x)\n  expect warn regex: other\n  {} Inf",
        "eval instant at 1m rate(x[2m])\n  expect no_info\n  {l=\"a\"} 1\n  {l=\"b\"} 1",
        "eval range from 0 to 1m step 1m x{l=\"a\"}\n  x{l=\"a\"} 1 _",
        "eval range from 0 to 1m step 1m x{l=\"a\"}\n  x{l=\"a\"} 1",
        "eval range from 0 to 1m step 1m x{l=\"a\"}\n  x{l=\"a\"} 1 2 3", "eval range from 0 to 1m step 1m 1\n  2",
        "eval instant at 1m x[2m]\n  x{l=\"a\"} 1\n  x{l=\"b\"} 3",
        "eval instant at 1m x{l=\"a\"}[2m]\n  expect range vector from 0 to 1m step 1m\n  x{l=\"a\"} 1 3",
    ])
    func `shows every kind of wrong answer`(text: String) throws {
        let failure = try #require(try failures(text).first ?? nil, "This case should fail: \(text)")
        #expect(!failure.expected.isEmpty && !failure.found.isEmpty)
    }

    @Test func `accepts what is right, in old and new spellings`() throws {
        let failures = try failures(
            """
            eval instant at 0 x
              x{l="b"} 3.0000001
              x{l="a"} 1

            eval_ordered instant at 0 sort(x)
              x{l="a"} 1
              x{l="b"} 3

            eval_fail instant at 0 x +
              expected_fail_regexp unexpected end

            eval_warn instant at 1m quantile(2, x)
              {} Inf

            eval_info instant at 1m rate(x{l="a"}[1m1ms])
              {l="a"} 0.016666667

            eval instant at 0 y
              y NaN

            clear

            eval instant at 0 x
            """)
        #expect(failures == Array(repeating: nil, count: 7))
    }

    @Test func `converts classic histograms, and tells histograms from floats`() throws {
        let failures = try failures(
            """
            load_with_nhcb 1m
              h_bucket{le="1"}    1
              h_bucket{le="+Inf"} 3
              h_sum               7
              n                   {{sum:1}}

            eval instant at 0 h
              h {{schema:-53 count:3 sum:7 custom_values:[1] buckets:[1 2]}}

            eval instant at 0 h
              h {{schema:-53 count:3 sum:7 custom_values:[1] buckets:[2 1]}}

            eval instant at 0 sum(n)
              {} {{sum:1}}

            eval instant at 0 n
              n 0

            eval instant at 0 vector(0)
              {} {{}}
            """)
        #expect(failures.map { $0 == nil } == [true, false, true, false, false])
    }
}
