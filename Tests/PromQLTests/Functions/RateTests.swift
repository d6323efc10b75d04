import PromQL
import Testing

@Suite struct RateTests {
    let engine = testEngine()

    @Test func `a counter that covers the window is extrapolated to both ends`() throws {
        // 11 samples at 0, 30, … 300 s; the window (0, 300] holds those from 30 s on: 270 s of 300 s.
        let source = TableSource(step: 30, ["x_total": (0...10).map { Double($0) * 30 }])
        #expect(try engine.lines("rate(x_total[5m])", at: 300, in: source) == ["{} 1"])
        #expect(try engine.lines("increase(x_total[5m])", at: 300, in: source) == ["{} 300"])
        #expect(try engine.lines("delta(x_total[5m])", at: 300, in: source) == ["{} 300"])
    }

    @Test func `a series that begins within the window is extrapolated by half a distance`() throws {
        let source = TableSource(step: 60, ["x_total": [nil, nil, nil, 100, 160, 220]])
        // Covered: 180 to 300 s; 30 s more before, none after: 120 * 150 / 120.
        #expect(try engine.lines("increase(x_total[5m])", at: 300, in: source) == ["{} 150"])
    }

    @Test func `a counter is not extrapolated below zero`() throws {
        let source = TableSource(step: 60, ["x_total": [nil, nil, nil, 10, 70, 130]])
        // It was zero 10 s before its first sample.
        #expect(try engine.lines("increase(x_total[5m])", at: 300, in: source) == ["{} 130"])
        #expect(try engine.lines("delta(x_total[5m])", at: 300, in: source) == ["{} 150"])
    }

    @Test func `what a counter had reached before a reset is added`() throws {
        let source = TableSource(step: 60, ["x_total": [0, 60, 120, 10, 70, 130]])
        #expect(try engine.lines("increase(x_total[6m])", at: 300, in: source) == ["{} 250"])
        #expect(try engine.lines("resets(x_total[6m])", at: 300, in: source) == ["{} 1"])
        #expect(try engine.lines("changes(x_total[6m])", at: 300, in: source) == ["{} 5"])
    }

    @Test func `one sample gives no rate`() throws {
        let source = TableSource(step: 60, ["x_total": [1, 2]])
        #expect(try engine.lines("rate(x_total[1m])", at: 60, in: source) == [])
    }

    @Test func `a window is open on the left and closed on the right`() throws {
        let source = TableSource(step: 60, ["x": [1, 2, 3]])
        #expect(try engine.lines("count_over_time(x[2m])", at: 120, in: source) == ["{} 2"])
        #expect(try engine.lines("x[2m]", at: 120, in: source) == ["x 2@60000 3@120000"])
    }

    @Test func `the last two samples give irate and idelta`() throws {
        let source = TableSource(step: 60, ["x_total": [0, 100, 40, 100], "y_total": [0, 100, 40]])
        #expect(try engine.lines("irate({__name__=~\"x_total\"}[5m])", at: 180, in: source) == ["{} 1"])
        #expect(try engine.lines("irate(y_total[5m])", at: 120, in: source) == ["{} 0.666667"])
        #expect(try engine.lines("idelta(y_total[5m])", at: 120, in: source) == ["{} -60"])
    }

    @Test func `a name that does not look like a counter is mentioned once, with its place`() throws {
        let source = TableSource(step: 60, ["x{a=\"1\"}": [1, 2], "x{a=\"2\"}": [1, 2], "y_total": [1, 2]])
        let result = try engine.result("sum(rate(x[5m])) + sum(rate(y_total[5m]))", at: 60, in: source)
        #expect(
            result.infos == [
                "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"x\" (1:10)"
            ])
        #expect(result.warnings == [])
        #expect(try engine.result("delta(x[5m])", at: 60, in: source).infos == [])
        let typed = testEngine { $0.typeAndUnitLabels = true }
        #expect(
            try typed.result("rate(y_total[5m])", at: 60, in: source).infos == [
                "PromQL info: metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", "
                    + "got \"\": \"y_total\" (1:6)"
            ])
    }

    @Test func `anchored takes the last sample before the window as the value at its start`() throws {
        let source = TableSource(step: 60, ["x_total": [0, 60, 120, 180, 250, 300]])
        #expect(try engine.lines("increase(x_total[150s] anchored)", at: 300, in: source) == ["{} 180"])
        #expect(try engine.lines("increase(x_total[150s] smoothed)", at: 300, in: source) == ["{} 150"])
        #expect(throws: QueryError.self) { try engine.result("deriv(x_total[150s] anchored)", at: 300, in: source) }
    }

    @Test func `smoothed interpolates an instant selector`() throws {
        let source = TableSource(step: 60, ["x": [0, 60, nil, 180]])
        #expect(
            try engine.lines("x smoothed", from: 0, to: 240, step: 30, in: source) == [
                "x 0 30 60 90 120 150 180 180 180"
            ])
    }
}
