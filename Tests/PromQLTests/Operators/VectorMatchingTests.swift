import KTSDBModel
import PromQL
import Testing

@Suite struct VectorMatchingTests {
    let engine = testEngine()
    let source = TableSource([
        "errors{method=\"get\",code=\"500\"}": [24], "errors{method=\"get\",code=\"404\"}": [30],
        "errors{method=\"put\",code=\"501\"}": [3], "errors{method=\"post\",code=\"500\"}": [6],
        "errors{method=\"post\",code=\"404\"}": [21], "requests{method=\"get\"}": [600],
        "requests{method=\"del\"}": [34],
        "requests{method=\"post\"}": [120], "info{method=\"get\",team=\"a\"}": [1],
        "info{method=\"post\",team=\"b\"}": [1],
    ])

    @Test func `one to one, by all labels but some`() throws {
        #expect(
            try engine.lines("errors{code=\"500\"} / ignoring (code) requests", in: source)
                == ["{method=\"get\"} 0.04", "{method=\"post\"} 0.05"])
        #expect(
            try engine.lines("errors{code=\"500\"} > on (method) requests * 0.045", in: source) == [
                "{method=\"post\"} 6"
            ])
        #expect(
            try engine.lines("errors{code=\"500\"} > ignoring (code) requests * 0.045", in: source)
                == ["errors{method=\"post\"} 6"])
        #expect(
            try engine.lines("errors{code=\"500\"} > bool ignoring (code) requests * 0.045", in: source)
                == ["{method=\"get\"} 0", "{method=\"post\"} 1"])
    }

    @Test func `many to one, in both directions`() throws {
        let expected = [
            "{code=\"404\", method=\"get\"} 0.05", "{code=\"404\", method=\"post\"} 0.175",
            "{code=\"500\", method=\"get\"} 0.04", "{code=\"500\", method=\"post\"} 0.05",
        ]
        #expect(try engine.lines("errors / ignoring (code) group_left requests", in: source) == expected)
        #expect(try engine.lines("1 / (requests / on (method) group_right errors)", in: source) == expected)
        #expect(
            try engine.lines("requests * on (method) group_left (team) info", in: source)
                == ["{method=\"get\", team=\"a\"} 600", "{method=\"post\", team=\"b\"} 120"])
    }

    @Test func `what is not unique is refused in Prometheus' words`() throws {
        func message(_ query: String) -> String {
            do { return "\(try engine.result(query, at: 0, in: source).lines)" } catch { return "\(error)" }
        }
        #expect(
            message("requests{method=\"get\"} / on (method) errors{method=\"get\"}")
                == "found duplicate series for the match group {method=\"get\"} on the right hand-side of the operation: "
                + "[{__name__=\"errors\", code=\"404\", method=\"get\"}, {__name__=\"errors\", code=\"500\", method=\"get\"}]"
                + ";many-to-many matching not allowed: matching labels must be unique on one side")
        #expect(
            message("errors / on (method) requests")
                == "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
        #expect(
            message("errors / on (method) group_left (code) requests")
                == "multiple matches for labels: grouping labels must ensure unique matches")
    }

    @Test func `uniqueness is judged at each step`() throws {
        // The two never have a point at the same time, as when a target comes back under another name.
        let source = TableSource(
            step: 60,
            [
                "a{x=\"1\"}": [1, 2, 3, 4], "b{x=\"1\",v=\"old\"}": [10, 10, .staleMarker],
                "b{x=\"1\",v=\"new\"}": [nil, nil, 20, 20],
            ])
        #expect(try engine.lines("a * on (x) b", from: 0, to: 180, step: 60, in: source) == ["{x=\"1\"} 10 20 60 80"])
        #expect(
            try engine.lines("a * on (x) group_left (v) b", from: 0, to: 180, step: 60, in: source)
                == ["{v=\"new\", x=\"1\"} _ _ 60 80", "{v=\"old\", x=\"1\"} 10 20 _ _"])
        let overlapping = TableSource(
            step: 60, ["a{x=\"1\"}": [1, 2], "b{x=\"1\",v=\"1\"}": [10], "b{x=\"1\",v=\"2\"}": [nil, 1]])
        #expect(throws: QueryError.self) {
            try engine.result("a * on (x) b", from: 0, to: 60, step: 60, in: overlapping)
        }
        // Without a point on the other side nothing is matched and nothing refused.
        #expect(try engine.lines("nothing * on (x) b", from: 0, to: 60, step: 60, in: overlapping) == [])
    }

    @Test func `fill stands in for a missing partner`() throws {
        #expect(
            try engine.lines("requests{method=~\"get|del\"} - on (method) fill (0) info", in: source)
                == ["{method=\"del\"} 34", "{method=\"get\"} 599", "{method=\"post\"} -1"])
        #expect(
            try engine.lines("requests{method=~\"get|del\"} - on (method) fill_right (4) info", in: source)
                == ["{method=\"del\"} 30", "{method=\"get\"} 599"])
        #expect(
            try engine.lines("requests{method=~\"get|del\"} - on (method) fill_left (4) info", in: source)
                == ["{method=\"get\"} 599", "{method=\"post\"} 3"])
    }

    @Test func `set operators`() throws {
        #expect(
            try engine.lines("requests and on (method) errors{code=\"500\"}", in: source)
                == ["requests{method=\"get\"} 600", "requests{method=\"post\"} 120"])
        #expect(try engine.lines("requests unless on (method) errors", in: source) == ["requests{method=\"del\"} 34"])
        #expect(
            try engine.lines("info or on (method) requests", in: source) == [
                "info{method=\"get\", team=\"a\"} 1", "info{method=\"post\", team=\"b\"} 1",
                "requests{method=\"del\"} 34",
            ])
        #expect(try engine.lines("nothing or requests{method=\"get\"}", in: source) == ["requests{method=\"get\"} 600"])
        #expect(try engine.lines("requests and nothing", in: source) == [])
    }

    @Test func `set operators look at each step`() throws {
        let source = TableSource(step: 60, ["a": [1, nil, 3], "b": [nil, 20, 30]])
        let engine = testEngine { $0.lookback = .seconds(30) }
        #expect(try engine.lines("a or b", from: 0, to: 120, step: 60, in: source) == ["a 1 _ 3", "b _ 20 _"])
        #expect(try engine.lines("a and b", from: 0, to: 120, step: 60, in: source) == ["a _ _ 3"])
        #expect(try engine.lines("a unless b", from: 0, to: 120, step: 60, in: source) == ["a 1 _ _"])
        #expect(try engine.lines("-a or -b", from: 0, to: 120, step: 60, in: source) == ["{} -1 -20 -3"])
    }

    @Test func `trimming is for native histograms`() throws {
        let result = try engine.result("requests </ 5", at: 0, in: source)
        #expect(result.lines == [])
        #expect(
            result.infos == [
                "PromQL info: incompatible sample types encountered for binary operator \"</\": float </ float (1:1)"
            ])
    }
}
