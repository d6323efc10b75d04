import KTSDBModel
import KTSDBTools
import Testing

@Suite struct `A chart in the terminal` {
    private static func series(_ name: String, _ values: [Double]) -> QueriedSeries {
        QueriedSeries(
            QueriedLabels([(name: "__name__", value: name)]),
            points: values.enumerated().map { QueriedPoint(Timestamp(milliseconds: Int64($0) * 1000), $1) })
    }
    private static let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 10_000)

    @Test func `has a letter for each series, and a legend`() {
        let chart = TerminalChart(columns: 40, rows: 6)
        let text = chart.text(
            [
                Self.series("rising", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
                Self.series("flat", [Double](repeating: 2, count: 6)),
            ], over: Self.range)
        #expect(
            text == """
                10 |                                a  a
                   |                         a  a
                   |                  a  a
                   |           a  a
                   |b   b  b   b  b   b
                 0 |a
                   +------------------------------------
                    1970-01-01 00:00:00 … 1970-01-01 00:00:10 UTC
                a  rising  min 0, average 5, max 10, last 10
                b  flat  min 2, average 2, max 2, last 2

                """)
    }

    @Test func `says when there is nothing to draw`() {
        #expect(TerminalChart().text([], over: Self.range) == "no numbers in this range\n")
        #expect(
            TerminalChart().text([Self.series("x", [.nan, .infinity])], over: Self.range)
                == "no numbers in this range\n")
    }

    @Test func `draws a bounded number of series, and names the rest`() {
        let all = (0..<100).map { Self.series("s\($0)", [Double($0)]) }
        let text = TerminalChart(columns: 60).text(all, over: Self.range)
        #expect(text.hasSuffix("and 88 more series; select fewer, or ask for --format=csv\n"))
        #expect(!text.contains("s12 "))
    }

    @Test(arguments: [
        [-1.7e308, 1.7e308], [1e300, -1e300], [-0.0, 0], [.greatestFiniteMagnitude], [0.1, 0.1],
        [.leastNonzeroMagnitude], [0, .leastNonzeroMagnitude], [-5, -1e9, .nan, -.infinity],
    ])
    func `lives with every number`(_ values: [Double]) {
        let text = TerminalChart(columns: 1, rows: 0).text([Self.series("x", values)], over: Self.range)
        #expect(text.contains("a  x  min "))
    }

    @Test func `lives with points outside of the range and a range of one moment`() {
        let moment = Timestamp(milliseconds: 3000)...Timestamp(milliseconds: 3000)
        #expect(TerminalChart().text([Self.series("x", [1, 2])], over: moment).contains("last 2"))
        let endless = Timestamp.earliest...Timestamp.latest
        #expect(TerminalChart().text([Self.series("x", [1, 2])], over: endless).contains("last 2"))
    }
}
