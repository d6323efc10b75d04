import KTSDBModel
import PromQL
import Testing

@Suite struct FunctionTests {
    let engine = testEngine()

    /// The value of `function` applied to a single value.
    private func value(_ expression: String, of value: Double) throws -> String {
        let source = TableSource(["x": [value]])
        return try engine.lines(expression, in: source).joined().replacing("{} ", with: "")
    }

    @Test(
        arguments: [
            ("abs(x)", -1.5, "1.5"), ("ceil(x)", 1.2, "2"), ("floor(x)", -1.2, "-2"), ("sqrt(x)", 9, "3"),
            ("exp(x)", 0, "1"),
            ("ln(x)", 1, "0"), ("log2(x)", 8, "3"), ("log10(x)", 1000, "3"), ("sgn(x)", -7, "-1"), ("sgn(x)", 0, "0"),
            ("deg(x)", .pi, "180"), ("rad(x)", 180, "3.141593"), ("sin(x)", 0, "0"), ("cos(x)", 0, "1"),
            ("tan(x)", 0, "0"),
            ("asin(x)", 1, "1.570796"), ("acos(x)", 1, "0"), ("atan(x)", 1, "0.785398"), ("sinh(x)", 0, "0"),
            ("cosh(x)", 0, "1"), ("tanh(x)", 0, "0"), ("asinh(x)", 0, "0"), ("acosh(x)", 1, "0"), ("atanh(x)", 0, "0"),
            ("round(x)", 2.5, "3"), ("round(x)", -2.5, "-2"), ("round(x, 5)", 13, "15"), ("round(x, 0.1)", 0.25, "0.3"),
            ("clamp(x, 1, 2)", 5, "2"), ("clamp(x, 1, 2)", 0, "1"), ("clamp(x, 2, 1)", 0, ""),
            ("clamp(x, NaN, 1)", 0, "NaN"),
            ("clamp_min(x, 3)", 1, "3"), ("clamp_max(x, 3)", 7, "3"), ("-x", 4, "-4"), ("x ^ 2", 3, "9"),
            ("x % 3", -7, "-1"),
            ("x atan2 1", 1, "0.785398"), ("1 - x", 3, "-2"), ("x == 3", 3, "x 3"), ("x != 3", 3, ""),
            ("2 < x", 3, "x 3"),
            ("x > bool 2", 3, "1"), ("2 > bool x", 3, "0"), ("x / 0", 1, "+Inf"), ("x / 0", 0, "NaN"),
        ] as [(String, Double, String)])
    func `a function or operator of one value`(expression: String, value: Double, expected: String) throws {
        #expect(try self.value(expression, of: value) == expected)
    }

    @Test(
        arguments: [
            (0, "1970", "1", "1", "4", "1", "31", "0", "0"),
            (951_782_400, "2000", "2", "29", "2", "60", "29", "0", "0"),
            (1_456_790_399, "2016", "2", "29", "1", "60", "29", "23", "59"),
            (4_107_542_400, "2100", "3", "1", "1", "60", "31", "0", "0"),
            (-1, "1969", "12", "31", "3", "365", "31", "23", "59"),
            (1_735_689_599, "2024", "12", "31", "2", "366", "31", "23", "59"),
        ] as [(Double, String, String, String, String, String, String, String, String)])
    func `the calendar functions know leap years and times before 1970`(
        seconds: Double, year: String, month: String, day: String, weekday: String, dayOfYear: String, days: String,
        hour: String, minute: String
    ) throws {
        let functions = [
            "year", "month", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute",
        ]
        for (function, expected) in zip(functions, [year, month, day, weekday, dayOfYear, days, hour, minute]) {
            #expect(try value("\(function)(x)", of: seconds) == expected, "\(function)")
        }
    }

    @Test func `a time that no calendar has does not trap`() throws {
        for value in [Double.nan, .infinity, -.infinity, 1e300, -1e300] { _ = try self.value("year(x)", of: value) }
    }

    @Test func `functions over windows that need no samples of a certain kind`() throws {
        let source = TableSource(step: 60, ["x": [3, 1, 2, 5, 5]])
        let expected = [
            "min_over_time": "1", "max_over_time": "5", "sum_over_time": "16", "avg_over_time": "3.2",
            "count_over_time": "5",
            "last_over_time": "5", "first_over_time": "3", "present_over_time": "1", "stdvar_over_time": "2.56",
            "stddev_over_time": "1.6", "mad_over_time": "2", "ts_of_min_over_time": "60", "ts_of_max_over_time": "240",
            "ts_of_first_over_time": "0", "ts_of_last_over_time": "240",
        ]
        for (function, value) in expected {
            let lines = try engine.lines("\(function)(x[10m])", at: 240, in: source)
            #expect(
                lines == ["\(function.hasPrefix("last") || function.hasPrefix("first") ? "x" : "{}") \(value)"],
                "\(function)")
        }
        #expect(try engine.lines("quantile_over_time(0.5, x[10m])", at: 240, in: source) == ["{} 3"])
        #expect(
            try engine.lines("double_exponential_smoothing(x[10m], 0.5, 0.5)", at: 240, in: source) == ["{} 3.65625"])
        #expect(throws: QueryError.self) {
            try engine.result("double_exponential_smoothing(x[10m], 1, 0.5)", at: 240, in: source)
        }
    }

    @Test func `a line through the samples`() throws {
        let source = TableSource(step: 60, ["x": [0, 60, 120, 180]])
        #expect(try engine.lines("deriv(x[10m])", at: 180, in: source) == ["{} 1"])
        #expect(try engine.lines("predict_linear(x[10m], 3600)", at: 180, in: source) == ["{} 3780"])
        #expect(
            try engine.lines("predict_linear(x[10m] @ 120, 0)", from: 120, to: 240, step: 60, in: source) == [
                "{} 120 180 240"
            ])
    }

    @Test func `time, timestamp, scalar and vector`() throws {
        let source = TableSource(step: 60, ["x": [1, 2], "y{a=\"1\"}": [1], "y{a=\"2\"}": [1]])
        #expect(try engine.lines("time()", at: 90, in: source) == ["90"])
        #expect(try engine.lines("timestamp(x)", at: 90, in: source) == ["{} 60"])
        #expect(try engine.lines("timestamp(x + 0)", at: 90, in: source) == ["{} 90"])
        #expect(try engine.lines("timestamp(x @ 30)", from: 60, to: 120, step: 60, in: source) == ["{} 0 0"])
        #expect(try engine.lines("scalar(x)", at: 90, in: source) == ["2"])
        #expect(try engine.lines("scalar(y)", at: 90, in: source) == ["NaN"])
        #expect(try engine.lines("scalar(nothing)", at: 90, in: source) == ["NaN"])
        #expect(try engine.lines("vector(time())", from: 0, to: 2, step: 1, in: source) == ["{} 0 1 2"])
        #expect(try engine.lines("max_of(1, 2) + min_of(1, 2) + pi()", at: 90, in: source) == ["6.141593"])
        #expect(
            try engine.lines("start() + end() + range() + step()", from: 10, to: 20, step: 5, in: source) == [
                "{} 45 45 45"
            ])
    }

    @Test func `absent has the labels of equality matchers`() throws {
        let source = TableSource(["x": [1]])
        #expect(try engine.lines("absent(x)", in: source) == [])
        #expect(try engine.lines("absent(y{a=\"1\",b=~\"2\",c!=\"3\"})", in: source) == ["{a=\"1\"} 1"])
        #expect(try engine.lines("absent(y{a=\"1\",a=\"2\",b=\"3\"})", in: source) == ["{b=\"3\"} 1"])
        #expect(try engine.lines("absent(sum(y{a=\"1\"}))", in: source) == ["{} 1"])
        #expect(try engine.lines("absent_over_time(y{a=\"1\"}[5m])", in: source) == ["{a=\"1\"} 1"])
        #expect(try engine.lines("absent_over_time(x[1m])", from: 0, to: 120, step: 60, in: source) == ["{} _ 1 1"])
        #expect(try engine.lines("absent_over_time(y{a=\"1\"}[5m:1m])", in: source) == ["{} 1"])
    }

    @Test func `label_replace sets, changes and removes labels`() throws {
        let source = TableSource(["x{src=\"host-12\",other=\"o\"}": [1]])
        let cases = [
            (
                "label_replace(x, \"dst\", \"$1/$name\", \"src\", \"(\\\\w+)-(?P<name>\\\\d+)\")",
                "x{dst=\"host/12\", other=\"o\", src=\"host-12\"} 1"
            ),
            ("label_replace(x, \"dst\", \"v\", \"src\", \"host\")", "x{other=\"o\", src=\"host-12\"} 1"),
            ("label_replace(x, \"other\", \"\", \"src\", \".*\")", "x{src=\"host-12\"} 1"),
            ("label_replace(x, \"__name__\", \"y\", \"src\", \".*\")", "y{other=\"o\", src=\"host-12\"} 1"),
            ("label_replace(x, \"dst\", \"$0\", \"missing\", \"\")", "x{other=\"o\", src=\"host-12\"} 1"),
            (
                "label_join(x, \"dst\", \"+\", \"src\", \"missing\", \"other\")",
                "x{dst=\"host-12++o\", other=\"o\", src=\"host-12\"} 1"
            ),
            ("label_join(x, \"src\", \"+\")", "x{other=\"o\"} 1"),
        ]
        for (query, expected) in cases { #expect(try engine.lines(query, in: source) == [expected], "\(query)") }
        for query in ["label_replace(x, \"d\", \"\", \"src\", \"(\")", "label_replace(x, \"\", \"\", \"src\", \"\")"] {
            #expect(throws: QueryError.self, "\(query)") { try engine.result(query, at: 0, in: source) }
        }
    }

    @Test func `series that become equal are joined, or refused if they have points at one time`() throws {
        let source = TableSource(step: 60, ["x{a=\"1\"}": [1, nil], "x{a=\"2\"}": [nil, 2]])
        let options = testEngine { $0.lookback = .seconds(30) }
        #expect(
            try options.lines("label_replace(x, \"a\", \"\", \"\", \"\")", from: 0, to: 60, step: 60, in: source) == [
                "x 1 2"
            ])
        #expect {
            try engine.result("label_replace(x, \"a\", \"\", \"\", \"\")", at: 60, in: source)
        } throws: { "\($0)" == "vector cannot contain metrics with the same labelset" }
    }

    @Test func `sort puts values in order, NaN last`() throws {
        let source = TableSource([
            "x{a=\"1\"}": [3], "x{a=\"2\"}": [.nan], "x{a=\"10\"}": [1], "x{a=\"9\"}": [2],
        ])
        func order(_ query: String) throws -> [String] {
            try engine.lines(query, in: source, inOrder: true).map { String($0.split(separator: " ")[1]) }
        }
        #expect(try order("sort(x)") == ["1", "2", "3", "NaN"])
        #expect(try order("sort_desc(x)") == ["3", "2", "1", "NaN"])
        #expect(try order("sort_by_label(x, \"a\")") == ["3", "NaN", "2", "1"])
        #expect(try order("sort_by_label_desc(x, \"a\")") == ["1", "2", "NaN", "3"])
        #expect(
            try engine.result("sort(x)", from: 0, to: 60, step: 60, in: source).warnings == [
                "PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)"
            ])
    }
}
