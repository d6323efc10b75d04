import KTSDBModel
import PromQL
import Testing

@Suite struct SelectorTests {
    let engine = testEngine()

    @Test func `an instant selector looks back five minutes, the far end not included`() throws {
        let source = TableSource(["x": [1]])
        #expect(try engine.lines("x", at: 299.999, in: source) == ["x 1"])
        #expect(try engine.lines("x", at: 300, in: source) == [])
        let short = QueryOverrides(lookback: .seconds(10))
        #expect(
            try engine.evaluate(parse("x"), at: Timestamp(milliseconds: 10_000), in: source, overrides: short).lines
                == [])
    }

    @Test func `a staleness marker ends a series at once and is no sample of a window`() throws {
        let source = TableSource(step: 60, ["x": [1, 2, .staleMarker, nil, 5]])
        #expect(try engine.lines("x", from: 0, to: 240, step: 60, in: source) == ["x 1 2 _ _ 5"])
        #expect(try engine.lines("count_over_time(x[10m])", from: 0, to: 240, step: 60, in: source) == ["{} 1 2 2 2 3"])
        #expect(try engine.lines("last_over_time(x[10m])", at: 180, in: source) == ["x 2"])
        #expect(try engine.lines("x[10m]", at: 180, in: source) == ["x 1@0 2@60000"])
    }

    @Test func `other NaNs are values, whatever bits they have`() throws {
        // 0x7ff8_ab5e_0000_ab5e is what a row holds where there is no point; stored, it is a value like any other.
        let odd: [UInt64] = [
            0x7ff8_ab5e_0000_ab5e, 0x7ff0_ab5e_0000_ab5e, 0xfff8_ab5e_0000_ab5e, 0x7ff8_0000_0000_0001,
        ]
        let source = TableSource(step: 60, ["x": odd.map { Double(bitPattern: $0) }])
        for query in [
            "x", "-x", "x + 1", "abs(x)", "last_over_time(x[1m])", "sum(x)", "x[4m:1m]", "max_over_time(x[1m])",
        ] {
            if query.hasSuffix("]") {
                guard case .matrix(let series) = try engine.result(query, at: 180, in: source).value else { return }
                #expect(series.first?.values.count == 4, "\(query)")
            } else {
                let lines = try engine.lines(query, from: 0, to: 180, step: 60, in: source)
                #expect(lines.first?.hasSuffix("NaN NaN NaN NaN") == true, "\(query): \(lines)")
            }
        }
    }

    @Test func `offset and @ move the time, in any combination`() throws {
        let source = TableSource(step: 60, ["x": (0...10).map(Double.init)])
        #expect(try engine.lines("x offset 2m", at: 300, in: source) == ["x 3"])
        #expect(try engine.lines("x offset -2m", at: 300, in: source) == ["x 7"])
        #expect(try engine.lines("x @ 120", from: 0, to: 600, step: 300, in: source) == ["x 2 2 2"])
        #expect(try engine.lines("x @ 120 offset 1m", at: 300, in: source) == ["x 1"])
        #expect(try engine.lines("x @ start() + x @ end()", from: 60, to: 180, step: 60, in: source) == ["{} 4 4 4"])
        #expect(try engine.lines("sum_over_time(x[2m] @ 300)", from: 0, to: 60, step: 60, in: source) == ["{} 9 9"])
        #expect(try engine.lines("sum(x @ 120)", from: 0, to: 60, step: 60, in: source) == ["{} 2 2"])
    }

    @Test func `a subquery has its points at multiples of its step`() throws {
        let source = TableSource(step: 10, ["x": (0...60).map(Double.init)])
        #expect(try engine.lines("x[1m:20s]", at: 95, in: source) == ["x 4@40000 6@60000 8@80000"])
        #expect(try engine.lines("x[1m:20s] offset 20s", at: 95, in: source) == ["x 2@20000 4@40000 6@60000"])
        #expect(try engine.lines("x[1m:20s] @ 95", at: 500, in: source) == ["x 4@40000 6@60000 8@80000"])
        #expect(
            try engine.lines("sum_over_time(x[1m:20s])", from: 95, to: 135, step: 20, in: source) == ["{} 18 24 30"])
        #expect(try engine.lines("max_over_time(sum_over_time(x[20s])[1m:])", at: 130, in: source) == ["{} 23"])
        #expect(try engine.lines("count_over_time(vector(1)[5m:1m])", at: 300, in: source) == ["{} 5"])
        // The points before 1970 too.
        #expect(try engine.lines("vector(1)[2m:1m]", at: -30, in: source) == ["{} 1@-120000 1@-60000"])
    }

    @Test func `what is pinned is evaluated once`() throws {
        let counting = HookedSource(TableSource(step: 60, ["x_total": (0...10).map(Double.init)]))
        _ = try engine.result("sum(rate(x_total[5m] @ 300)) / 2", from: 0, to: 600, step: 1, in: counting)
        #expect(counting.decodes == 1)
    }

    @Test func `series without samples in the range are not in the result`() throws {
        let source = TableSource(step: 60, ["x{a=\"1\"}": [1], "x{a=\"2\"}": [nil, nil, nil, nil, nil, nil, nil, 1]])
        #expect(try engine.lines("x", in: source) == ["x{a=\"1\"} 1"])
        #expect(try engine.lines("sum by (a) (x)", in: source) == ["{a=\"1\"} 1"])
    }

    @Test func `samples looked at and samples read are counted as Prometheus does`() throws {
        let source = TableSource(step: 10, ["x": (0...60).map(Double.init)])
        let instant = try engine.result("x", from: 0, to: 100, step: 10, in: source).statistics
        #expect(instant.queryableSamples == 11 && instant.samplesRead == 11)
        let windows = try engine.result("sum_over_time(x[1m])", from: 100, to: 200, step: 20, in: source).statistics
        #expect(windows.queryableSamples == 36 && windows.samplesRead == 16)
        #expect(windows.peakSamples > 0)
        let subquery = try engine.result("sum_over_time(x[1m:10s])", from: 100, to: 200, step: 20, in: source)
            .statistics
        #expect(subquery.queryableSamples == 36 && subquery.samplesRead == 16)
        let pinned = try engine.result("x @ 100 + 1", from: 0, to: 100, step: 10, in: source).statistics
        #expect(pinned.queryableSamples == 11 && pinned.samplesRead == 1)
    }
}
