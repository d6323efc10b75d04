import PromQL
import Testing

@Suite struct ClassicHistogramTests {
    let engine = testEngine()
    let source = TableSource([
        "h_bucket{le=\"0.1\"}": [5], "h_bucket{le=\"0.2\"}": [15], "h_bucket{le=\"1e0\"}": [20],
        "h_bucket{le=\"+Inf\"}": [20],
    ])

    @Test(
        arguments: [
            (0.5, "0.15"), (0, "0"), (1, "1"), (0.125, "0.05"), (-1, "-Inf"), (2, "+Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `a quantile is interpolated within its bucket`(fraction: Double, expected: String) throws {
        let result = try engine.result("histogram_quantile(\(number(fraction)), h_bucket)", at: 0, in: source)
        #expect(result.lines == ["{} \(expected)"])
        #expect(result.warnings.isEmpty == (fraction >= 0 && fraction <= 1))
    }

    @Test func `a fraction is interpolated too`() throws {
        #expect(try engine.lines("histogram_fraction(0, 0.15, h_bucket)", in: source) == ["{} 0.5"])
        #expect(try engine.lines("histogram_fraction(0.1, 1, h_bucket)", in: source) == ["{} 0.75"])
        #expect(try engine.lines("histogram_fraction(1, 0, h_bucket)", in: source) == ["{} 0"])
    }

    @Test func `equal series of one time are refused at the end where names are taken away there`() throws {
        let engine = testEngine { $0.delayedNameRemoval = true }
        let twice = "histogram_quantiles(h_bucket, \"q\", 0.5, 0.5)"
        #expect(try engine.lines("sum(\(twice))", in: source) == ["{} 0.3"])
        #expect(throws: QueryError.self) { try engine.lines("abs(\(twice))", in: source) }
        #expect(throws: QueryError.self) { try self.engine.lines("sum(\(twice))", in: source) }
    }

    @Test func `several quantiles at once`() throws {
        #expect(
            try engine.lines("histogram_quantiles(h_bucket, \"q\", 0.5, 1)", in: source)
                == ["{q=\"0.5\"} 0.15", "{q=\"1.0\"} 1"])
    }

    @Test func `a quantile in the last bucket is its lower bound`() throws {
        let source = TableSource(["h_bucket{le=\"1\"}": [1], "h_bucket{le=\"+Inf\"}": [10]])
        #expect(try engine.lines("histogram_quantile(0.9, h_bucket)", in: source) == ["{} 1"])
    }

    @Test func `there is no quantile without observations, without +Inf, or with one bucket`() throws {
        for buckets in [
            ["h_bucket{le=\"1\"}": [0], "h_bucket{le=\"+Inf\"}": [0]],
            ["h_bucket{le=\"1\"}": [1], "h_bucket{le=\"2\"}": [2]],
            ["h_bucket{le=\"+Inf\"}": [2]],
        ] as [KeyValuePairs<String, [Double?]>] {
            #expect(try engine.lines("histogram_quantile(0.9, h_bucket)", in: TableSource(buckets)) == ["{} NaN"])
        }
    }

    @Test func `counts that fall are raised, and the extent is told`() throws {
        let source = TableSource([
            "h_bucket{le=\"1\"}": [10], "h_bucket{le=\"2\"}": [4], "h_bucket{le=\"3\"}": [12],
            "h_bucket{le=\"+Inf\"}": [12],
        ])
        let result = try engine.result("histogram_quantile(0.5, h_bucket)", at: 0, in: source)
        #expect(result.lines == ["{} 0.6"])
        #expect(
            result.infos == [
                "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
                    + "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets "
                    + "2 to 2, with a max diff of 6, over 1 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:00:00Z (1:25)"
            ])
    }

    @Test func `buckets with the same bound in another spelling are added up`() throws {
        let source = TableSource(["h_bucket{le=\"1\"}": [4], "h_bucket{le=\"1.0\"}": [4], "h_bucket{le=\"+Inf\"}": [8]])
        #expect(try engine.lines("histogram_quantile(0.5, h_bucket)", in: source) == ["{} 0.5"])
    }

    @Test(arguments: ["", "abc", "1e999", "0x", "nan(1)"])
    func `a bucket without a number is left out with a warning`(bound: String) throws {
        let source = TableSource([
            "h_bucket{le=\"1\"}": [4], "h_bucket{le=\"+Inf\"}": [4], "h_bucket{le=\"\(bound)\"}": [9],
        ])
        let result = try engine.result("histogram_quantile(0.5, h_bucket)", at: 0, in: source)
        #expect(result.lines == ["{} 0.5"])
        #expect(
            result.warnings == [
                "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"\(bound)\" (1:25)"
            ])
    }
}
