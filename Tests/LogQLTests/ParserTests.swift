import LogQL
import Testing

@Suite struct ParserTests {
    @Test(arguments: [
        ("1 + 2 * 3 ^ 2 ^ 0", "7"), ("2 - 3 - 4", "-5"), ("1 / 0", "NaN"), ("5 % 0", "NaN"), ("7 % -4", "3"),
        ("2 > 1", "1"), ("2 == bool 1", "0"), ("-2 ^ 2", "4"), ("1e3", "1000"), ("1e21", "1000000000000000000000"),
        ("vector(1) + 2 * 3", "(vector(1.000000) + 6)"),
        ("vector(1) or vector(2) and vector(3)", "(vector(1.000000) or (vector(2.000000) and vector(3.000000)))"),
        ("vector(1) ^ vector(2) ^ 2", "(vector(1.000000) ^ (vector(2.000000) ^ 2))"),
        (
            "vector(1) > bool on(a) group_left(b, c) vector(2)",
            "(vector(1.000000) > bool on (a) group_left (b,c) vector(2.000000))"
        ),
        ("vector(1) + ignoring() vector(2)", "(vector(1.000000) + vector(2.000000))"),
        ("vector(1) - on() vector(2)", "(vector(1.000000) - on ()  vector(2.000000))"),
        ("vector(1) -1", "(vector(1.000000) - 1)"),
    ])
    func `operators bind as in PromQL, and literals are folded`(text: String, printed: String) throws {
        #expect(try LogQLExpression(parsing: text).description == printed)
    }

    @Test(arguments: [
        (#"a="1" or b="2" c="3""#, #"( a="1" or ( b="2" , c="3" ) )"#),
        (#"a="1", b="2" or c="3""#, #"( ( a="1" , b="2" ) or c="3" )"#),
        (#"(a="1" or b="2") and c="3""#, #"( ( a="1" or b="2" ) , c="3" )"#),
        (#"a="1" and b="2" and c="3""#, #"( ( a="1" , b="2" ) , c="3" )"#),
        ("a = 5", "a==5"), ("a > 1_000.50", "a>1000.5"), ("a != +1e3", "a!=1000"), ("a < 0x1p3", "a<8"),
        ("a == 1d12h", "a==36h0m0s"), ("a >= 1.5h", "a>=1h30m0s"), ("a <= -300ms", "a<=-300ms"), ("a>100us", "a>100µs"),
        ("a>5ns", "a>5ns"), ("a>1500µs", "a>1.5ms"),
        ("a > 20KB", "a>20kB"), ("a > 1.5KiB", "a>1.5kB"), ("a > 999B", "a>999B"), ("a > 3TB", "a>3.0TB"),
        (#"sum="x""#, #"sum="x""#), (#"count>5"#, "count>5"),
        (#"a != ip("10.0.0.0/8")"#, #"a!=ip("10.0.0.0/8")"#),
    ])
    func `label filters combine and compare`(text: String, printed: String) throws {
        #expect(try LogQLExpression(parsing: #"{x="y"} | "# + text).description == #"{x="y"} | "# + printed)
    }

    @Test(arguments: [
        ("rate({a=\"b\"}[5m])", nil, 300_000_000_000, 0, 0),
        ("rate(({a=\"b\"} |= \"x\")[1d])", nil, 86_400_000_000_000, 0, 1),
        ("rate({a=\"b\"}[5m] |= \"x\" | json)", nil, 300_000_000_000, 0, 2),
        ("rate(({a=\"b\"} | json [5m] offset 1m))", nil, 300_000_000_000, 60_000_000_000, 1),
        ("sum_over_time({a=\"b\"} | json | unwrap x [5ms] offset -1m)", "x", 5_000_000, -60_000_000_000, 1),
        ("sum_over_time(({a=\"b\"} | unwrap bytes(y) | z=\"\")[0s])", "y", 0, 0, 0),
        ("sum_over_time({a=\"b\"}[5m] | logfmt | unwrap duration(y))", "y", 300_000_000_000, 0, 1),
    ])
    func `windows are after the lines, their selector or their parentheses`(
        text: String, unwrapped: String?, range: Int64, offset: Int64, stages: Int
    ) throws {
        guard case .rangeAggregation(let aggregation) = try LogQLExpression(parsing: text) else {
            Issue.record("\(text) is not a range aggregation.")
            return
        }
        #expect(aggregation.unwrap?.label == unwrapped)
        #expect(aggregation.range == range)
        #expect(aggregation.offset == offset)
        #expect(aggregation.lines.stages.count == stages)
    }

    @Test func `alternatives of a negative filter are filters of their own`() throws {
        guard case .lines(let query) = try LogQLExpression(parsing: #"{a="b"} != "x" or ip("::1") |~ "y" or "\xff""#)
        else {
            Issue.record("That is a log query.")
            return
        }
        let filters = query.stages.compactMap { stage in
            if case .lineFilter(let filter) = stage { filter } else { nil }
        }
        #expect(filters.map(\.operation) == [.doesNotContain, .doesNotContain, .matches])
        #expect(filters.map(\.alternatives) == [[.text("x")], [.address("::1")], [.text("y"), .bytes([0xFF])]])
    }

    @Test(arguments: [
        ("{app=\"a\"} # c\n|= \"b\" // d\n/* e */ | json", #"{app="a"} |= "b" | json"#),
        ("SUM BY (App) (RATE({App=\"a\"} | JSON [5m]))", #"sum by (App)(rate({App="a"} | json[5m]))"#),
        (#"{a="\"\\\n\t\u00e9\x41\101"}"#, #"{a="\"\\\n\téAA"}"#), (#"{a=`\d"`}"#, #"{a="\\d\""}"#),
        (
            #"{sum="1", by_="2", rate="3"} | duration > 5 | drop count, ip="x""#,
            #"{sum="1", by_="2", rate="3"} | duration>5 | drop count,ip="x""#
        ),
        ("topk by () (3, rate({a=\"b\"}[1h30m]))", #"topk(3,rate({a="b"}[1h30m]))"#),
        ("avg_over_time({a=\"b\"} | unwrap x [2w]) by ()", #"avg_over_time({a="b"} | unwrap x[2w]) by ()"#),
        ("sum without () (rate({a=\"b\"}[90d]))", #"sum without ()(rate({a="b"}[90d]))"#),
    ])
    func `comments, cases and spellings are left out`(text: String, printed: String) throws {
        #expect(try LogQLExpression(parsing: text).description == printed)
    }

    @Test func `operations over several lines keep their parentheses`() throws {
        let count = #"sum by (namespace,container)(count_over_time({namespace="kerp", container="api"}[5m]))"#
        #expect(
            try LogQLExpression.formatted("(\(count) - (\(count) - 1)) / 2") == """
                  (
                      \(count)
                    -
                      (\(count) - 1)
                  )
                /
                  2
                """)
    }

    @Test func `a long query is printed over several lines`() throws {
        let text =
            #"topk by (path)(3,sum(quantile_over_time(0.99,{container="ingress", env="prod"} | json | drop a,b,c "#
            + #"| unwrap response_latency_seconds | __error__=""[1m] offset 5m) by (cluster)) * 2)"#
        #expect(
            try LogQLExpression.formatted(text) == """
                topk by (path)(
                  3,
                    sum(
                      quantile_over_time(
                        0.99,
                        {container="ingress", env="prod"}
                          | json
                          | drop a,b,c
                          | unwrap response_latency_seconds
                          | __error__="" [1m] offset 5m0s
                      ) by (cluster)
                    )
                  *
                    2
                )
                """)
    }
}
