import KTSDBModel
import KTSDBServer
import Logging
import PrometheusWire
import Testing

@Suite struct `Options` {
    @Test(arguments: [
        ("127.0.0.1:9090", "127.0.0.1:9090"), (":9090", "0.0.0.0:9090"), ("[::1]:80", "[::1]:80"),
        ("localhost:0", "localhost:0"), ("unix:/run/ktsdb.sock", "unix:/run/ktsdb.sock"), ("unix:a:1", "unix:a:1"),
    ])
    func `Listen addresses are read`(text: String, address: String) {
        #expect(ListenAddress(text)?.description == address)
    }

    @Test(arguments: ["", "9090", "host", "host:", "host:x", "host:70000", "::1:80", "host:-1", "unix:"])
    func `What is no listen address is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: [
        (Duration.seconds(15 * 86_400), "15d"), (.seconds(5400), "1h30m"), (.milliseconds(1500), "1s500ms"),
        (.zero, "0s"), (.seconds(365 * 86_400), "1y"), (.seconds(7 * 86_400), "1w"), (.seconds(30 * 86_400), "30d"),
    ])
    func `Durations are written as Prometheus writes them`(duration: Duration, text: String) {
        #expect(PrometheusDuration.format(duration) == text)
    }
}

@Suite struct `The log` {
    private static let time = Timestamp(milliseconds: 1_700_000_000_123)

    @Test func `A line has the form of logfmt`() {
        let handler = LineLogHandler(format: .logfmt, level: .info, start: StartLog())
        let line = handler.line(
            level: .warning, message: "a \"b\"", metadata: ["k": "v", "e": "x y", "z": ""], at: Self.time)
        #expect(line == "time=2023-11-14T22:13:20.123Z level=WARN msg=\"a \\\"b\\\"\" e=\"x y\" k=v z=\"\"\n")
    }

    @Test func `A line has the metadata of its logger, but for the number of the request`() {
        var handler = LineLogHandler(format: .logfmt, level: .info, start: StartLog())
        handler[metadataKey: "k"] = "v"
        handler[metadataKey: "hb.request.id"] = "7"
        let line = handler.line(level: .info, message: "m", metadata: ["hb.request.id": "8"], at: Self.time)
        #expect(line == "time=2023-11-14T22:13:20.123Z level=INFO msg=m k=v\n")
        #expect(handler.metadata.keys.sorted() == ["k"])
        handler[metadataKey: "k"] = nil
        #expect(handler.metadata.isEmpty)
    }

    @Test func `Or is a JSON object`() {
        let handler = LineLogHandler(format: .json, level: .info, start: StartLog())
        let line = handler.line(level: .error, message: "a \"b\"", metadata: ["k": "v"], at: Self.time)
        #expect(line == #"{"time":"2023-11-14T22:13:20.123Z","level":"ERROR","msg":"a \"b\"","k":"v"}"# + "\n")
    }
}
