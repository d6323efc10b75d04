import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@Suite struct AggregationTests {
    let engine = testEngine()
    let source = TableSource([
        "x{job=\"a\",i=\"1\"}": [1], "x{job=\"a\",i=\"2\"}": [2], "x{job=\"a\",i=\"3\"}": [6],
        "x{job=\"b\",i=\"1\"}": [10],
    ])

    @Test(arguments: [
        ("sum", "9"), ("avg", "3"), ("min", "1"), ("max", "6"), ("count", "3"), ("group", "1"), ("stdvar", "4.666667"),
        ("stddev", "2.160247"),
    ])
    func `a group is folded into one value`(operation: String, expected: String) throws {
        let lines = try engine.lines("\(operation) by (job) (x)", in: source)
        #expect(lines.first == "{job=\"a\"} \(expected)")
        #expect(lines == (try engine.lines("\(operation) without (i) (x)", in: source)))
    }

    @Test func `groups`() throws {
        #expect(try engine.lines("sum(x)", in: source) == ["{} 19"])
        #expect(try engine.lines("sum by (nothing) (x)", in: source) == ["{} 19"])
        #expect(try engine.lines("sum by (__name__) (x)", in: source) == ["x 19"])
        #expect(try engine.lines("sum without () (x{job=\"b\"})", in: source) == ["{i=\"1\", job=\"b\"} 10"])
        #expect(try engine.lines("sum(nothing)", in: source) == [])
    }

    @Test func `sums are compensated, and means do not overflow`() throws {
        let big = TableSource(["x{a=\"1\"}": [1e16], "x{a=\"2\"}": [1], "x{a=\"3\"}": [-1e16], "x{a=\"4\"}": [1]])
        #expect(try engine.lines("sum(x)", in: big) == ["{} 2"])
        let huge = TableSource(["x{a=\"1\"}": [1.5e308], "x{a=\"2\"}": [1.5e308], "x{a=\"3\"}": [1.5e308]])
        guard case .vector(let elements) = try engine.result("avg(x)", at: 0, in: huge).value else { return }
        #expect(elements[0].value == 1.5e308)
        #expect(try engine.lines("sum(x)", in: huge) == ["{} +Inf"])
    }

    @Test func `NaN loses against numbers in min and max, and wins in sums`() throws {
        let source = TableSource(["x{a=\"1\"}": [.nan], "x{a=\"2\"}": [1]])
        #expect(try engine.lines("min(x)", in: source) == ["{} 1"])
        #expect(try engine.lines("max(x)", in: source) == ["{} 1"])
        #expect(try engine.lines("sum(x)", in: source) == ["{} NaN"])
        #expect(try engine.lines("stddev(x)", in: source) == ["{} NaN"])
        #expect(try engine.lines("max(x{a=\"1\"})", in: source) == ["{} NaN"])
    }

    @Test func `quantile interpolates between values`() throws {
        #expect(try engine.lines("quantile(0.25, x)", in: source) == ["{} 1.75"])
        #expect(try engine.lines("quantile by (job) (0.5, x)", in: source) == ["{job=\"a\"} 2", "{job=\"b\"} 10"])
        let result = try engine.result("quantile(2, x)", at: 0, in: source)
        #expect(result.lines == ["{} +Inf"])
        #expect(result.warnings == ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"])
    }

    @Test(arguments: [
        ("1234567", "1.234567e+06"), ("999999", "999999"), ("-0.00001", "-1e-05"), ("1.5", "1.5"), ("+Inf", "+Inf"),
    ])
    func `numbers in warnings look like Prometheus'`(fraction: String, text: String) throws {
        let result = try engine.result("quantile(\(fraction), x)", at: 0, in: source)
        #expect(
            result.warnings == ["PromQL warning: quantile value should be between 0 and 1, got \(text) (1:10)"])
    }

    @Test func `topk and bottomk show their ranking in an instant query`() throws {
        func order(_ query: String) throws -> [String] {
            try engine.lines(query, in: source, inOrder: true).map { String($0.split(separator: " ").last!) }
        }
        #expect(try order("topk(2, x)") == ["10", "6"])
        #expect(try order("bottomk(2, x)") == ["1", "2"])
        #expect(try order("topk(100, x)") == ["10", "6", "2", "1"])
        #expect(
            try engine.lines("topk by (job) (1, x)", in: source) == [
                "x{i=\"1\", job=\"b\"} 10", "x{i=\"3\", job=\"a\"} 6",
            ])
        #expect(try order("topk(0, x)") == [])
        #expect(try order("limitk(3, x)").count == 3)
        let nan = TableSource(["x{a=\"1\"}": [.nan], "x{a=\"2\"}": [1], "x{a=\"3\"}": [2]])
        #expect(try engine.lines("topk(2, x)", in: nan) == ["x{a=\"2\"} 1", "x{a=\"3\"} 2"])
        #expect(try engine.lines("bottomk(3, x)", in: nan, inOrder: true).last == "x{a=\"1\"} NaN")
    }

    @Test func `topk chooses anew at each step of a range query`() throws {
        let source = TableSource(step: 60, ["x{a=\"1\"}": [1, 5, 3], "x{a=\"2\"}": [2, 4, 6]])
        #expect(
            try engine.lines("topk(1, x)", from: 0, to: 120, step: 60, in: source)
                == ["x{a=\"1\"} _ 5 _", "x{a=\"2\"} 2 _ 6"])
        #expect(
            try engine.lines("bottomk(scalar(x{a=\"1\"}) - 3, x)", from: 0, to: 120, step: 60, in: source)
                == ["x{a=\"1\"} _ 5 _", "x{a=\"2\"} _ 4 _"])
    }

    @Test(arguments: [
        ("topk(NaN, x)", "Parameter value is NaN"), ("topk(1e30, x)", "Scalar value 1e+30 overflows int64"),
        ("limit_ratio(NaN, x)", "Ratio value is NaN"), ("count_values(\"\", x)", "invalid label name \"\""),
    ])
    func `parameters that make no sense are refused`(query: String, message: String) throws {
        #expect { try engine.result(query, at: 0, in: source) } throws: { "\($0)" == message }
    }

    @Test func `limit_ratio and its complement part the series`() throws {
        let source = TableSource(
            (0..<200).map {
                .init(
                    labels: labels("x{a=\"\($0)\"}"), samples: [.init(timestamp: Timestamp(milliseconds: 0), value: 1)])
            })
        let some = Set(try engine.lines("limit_ratio(0.3, x)", in: source))
        let others = Set(try engine.lines("limit_ratio(-0.7, x)", in: source))
        #expect(some.isDisjoint(with: others) && some.count + others.count == 200)
        #expect((30...90).contains(some.count))
        #expect(
            try engine.result("limit_ratio(1.1, x)", at: 0, in: source).warnings == [
                "PromQL warning: ratio value should be between -1 and 1, got 1.1, capping to 1 (1:13)"
            ])
    }

    @Test func `count_values names the values`() throws {
        let source = TableSource([
            "x{a=\"1\"}": [1], "x{a=\"2\"}": [1.5], "x{a=\"3\"}": [1e21], "x{a=\"4\"}": [.infinity],
            "x{a=\"5\"}": [1e-7], "x{a=\"6\"}": [1],
        ])
        #expect(
            try engine.lines("count_values(\"v\", x)", in: source) == [
                "{v=\"+Inf\"} 1", "{v=\"0.0000001\"} 1", "{v=\"1\"} 2", "{v=\"1.5\"} 1",
                "{v=\"1000000000000000000000\"} 1",
            ])
        #expect(try engine.lines("count_values without (a) (\"a\", x{a=\"1\"})", in: source) == ["{} 1"])
    }

    /// Ranges of 256 series are folded alone and then in order, so threads cannot change a bit.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `the number of threads changes no bit`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let source = TableSource(
            (0..<700).map { number in
                let values = (0..<15).map { _ in
                    Double.random(in: -1e6...1e6, using: &random) * .random(in: 0...1, using: &random)
                }
                return .init(
                    labels: labels("x_total{n=\"\(number)\",g=\"\(number % 7)\"}"),
                    samples: values.enumerated().map {
                        .init(timestamp: Timestamp(milliseconds: Int64($0) * 10_000), value: $1)
                    })
            })
        for query in [
            "sum(x_total)", "sum by (g) (rate(x_total[1m]))", "avg(x_total)", "stddev by (g) (x_total)",
            "topk(3, x_total)",
            "quantile(0.3, x_total)", "x_total + x_total", "max by (g) (x_total) > 5",
            "histogram_quantile(0.5, x_total)",
        ] {
            let results = try [1, 2, 5].map { threads in
                try testEngine { $0.threads = threads }.result(query, from: 0, to: 140, step: 10, in: source)
            }
            guard case .matrix(let first) = results[0].value else { return }
            for result in results.dropFirst() {
                guard case .matrix(let series) = result.value else { return }
                #expect(series.map(\.labels) == first.map(\.labels), "\(query)")
                #expect(
                    series.map { $0.values.map(\.bitPattern) } == first.map { $0.values.map(\.bitPattern) }, "\(query)")
            }
        }
    }

    /// Four steps are added at once where they can be; each step has the bits of adding its points one by one.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `sums and means have the bits of their plain definition`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let steps = Int.random(in: 1...30, using: &random), isSparse = Bool.random(using: &random)
        let special = [.infinity, -.infinity, .nan, 1.7e308, -1.7e308, -0.0, 0, .leastNonzeroMagnitude]
        let isSpecial = Bool.random(using: &random)
        var source: [TableSource.Series] = []
        for number in 0..<Int.random(in: 1...200, using: &random) {
            var samples: [Sample] = []
            for step in 0..<steps where !isSparse || Int.random(in: 0..<6, using: &random) > 0 {
                let isRare = isSpecial && Int.random(in: 0..<40, using: &random) == 0
                let value =
                    isRare ? special.randomElement(using: &random)! : Double.random(in: -1e9...1e9, using: &random)
                samples.append(Sample(timestamp: Timestamp(milliseconds: Int64(step) * 600_000), value: value))
            }
            source.append(.init(labels: labels("x{n=\"\(number)\"}"), samples: samples))
        }
        let table = TableSource(source)
        for (query, isMean) in [("sum(x)", false), ("avg(x)", true)] {
            let result = try engine.result(query, from: 0, to: Double(steps - 1) * 600, step: 600, in: table)
            guard case .matrix(let series) = result.value else { return }
            var found: [Int64: Double] = [:]
            for sample in series.first?.samples.map({ $0 }) ?? [] {
                found[sample.timestamp.milliseconds] = sample.value
            }
            for step in 0..<steps {
                let time = Int64(step) * 600_000
                let values = table.series.compactMap { series in
                    series.samples.first { $0.timestamp.milliseconds == time }?.value
                }
                // A mean beyond the largest number is taken in another way.
                if isMean, values.contains(where: { abs($0) > 1e300 }) { continue }
                var sum = 0.0, rest = 0.0
                for value in values {
                    let total = sum + value
                    if total.isInfinite {
                        rest = 0
                    } else if abs(sum) >= abs(value) {
                        rest += (sum - total) + value
                    } else {
                        rest += (value - total) + sum
                    }
                    sum = total
                }
                let count = Double(values.count)
                let expected = values.isEmpty ? nil : isMean ? sum / count + rest / count : sum + rest
                let isSame = expected == found[time] || expected?.isNaN == true && found[time]?.isNaN == true
                #expect(isSame, "\(query) at \(time): \(found[time] as Any), not \(expected as Any)")
            }
        }
    }

    @Test func `a fold over rates holds the labels once, and still minds what the name hides`() throws {
        let source = TableSource(
            step: 60,
            [
                "x_total{a=\"1\"}": [0, 60], "x_total{a=\"2\"}": [0, 120], "y_total{a=\"1\"}": [0, 60],
                "t_total{__type__=\"counter\"}": [0, 60], "t_total{__type__=\"gauge\"}": [0, 60],
            ])
        #expect(
            try engine.lines("sum by (a) (rate(x_total[2m]))", at: 60, in: source) == ["{a=\"1\"} 0.5", "{a=\"2\"} 1"])
        #expect(try engine.lines("sum without (a) (rate(x_total[2m]))", at: 60, in: source) == ["{} 1.5"])
        #expect(try engine.lines("sum by (__name__) (rate(x_total[2m]))", at: 60, in: source) == ["{} 1.5"])
        // Equal without their names, types and units: refused, as without the sum.
        for text in ["sum(rate({__name__=~\"x_total|y_total\"}[2m]))", "sum(rate(t_total[2m]))"] {
            #expect(throws: QueryError.self) { try engine.result(text, at: 60, in: source) }
        }
    }
}
