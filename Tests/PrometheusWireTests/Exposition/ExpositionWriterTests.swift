import KTSDBModel
import PrometheusWire
import Testing

@Suite struct `Writing pages` {
    @Test func `a page is written`() {
        var page = ExpositionWriter()
        page.family("http_requests_total", .counter, help: "Requests \\ served\nso far.")
        page.sample("http_requests_total", ["code": "200", "path": "/a\"b\\c\n"], value: 1027)
        page.sample("http_requests_total", ["code": "500"], value: 1e9, at: Timestamp(milliseconds: -5))
        page.family("up", .unknown)
        page.sample("up", value: .nan)
        page.family("size.bytes", .gauge, help: "x")
        page.sample("size.bytes", ["the label": "1"], value: 0.5)
        page.sample("size.bytes", value: 0.25)
        page.family("latency_seconds", .histogram)
        page.histogram("latency_seconds", ["job": "a"], bounds: [0.1, 1], counts: [2, 3, 1], sum: 4.5)
        let text = page.text
        #expect(
            text == #"""
                # HELP http_requests_total Requests \\ served\nso far.
                # TYPE http_requests_total counter
                http_requests_total{code="200",path="/a\"b\\c\n"} 1027
                http_requests_total{code="500"} 1e+09 -5
                # TYPE up untyped
                up NaN
                # HELP "size.bytes" x
                # TYPE "size.bytes" gauge
                {"size.bytes","the label"="1"} 0.5
                {"size.bytes"} 0.25
                # TYPE latency_seconds histogram
                latency_seconds_bucket{job="a",le="0.1"} 2
                latency_seconds_bucket{job="a",le="1"} 5
                latency_seconds_bucket{job="a",le="+Inf"} 6
                latency_seconds_sum{job="a"} 4.5
                latency_seconds_count{job="a"} 6

                """#)
    }

    @Test(
        arguments: [
            (["__name__": "up", "job": "a\"b", "é": "x"], #"up{job="a\"b","é"="x"} 1"#), (["__name__": "up"], "up 1"),
            (["__name__": "a.b", "c": "d"], #"{"a.b",c="d"} 1"#),
        ] as [(Labels, String)])
    func `a series is written so that it reads back`(labels: Labels, line: String) {
        var page = ExpositionWriter()
        page.sample(labels, value: 1)
        let text = page.text
        #expect(text == line + "\n")
        #expect(ParsedPage(page.bytes, .text).samples.map(\.labels) == [labels])
    }
}
