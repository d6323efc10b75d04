import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@testable import KTSDBAlerting

@Suite struct `The address of an Alertmanager` {
    private func candidates(
        _ settings: String, address: String = "am:9093", labels: Labels = [:]
    ) throws -> PeerAddress.Candidate {
        let text = "alerting: {alertmanagers: [{\(settings)}]}"
        let settings = try Configuration.parse(text, path: "p").alerting.alertmanagers[0]
        return PeerAddress.candidates(of: TargetGroup(addresses: [address], labels: labels), settings)[0]
    }

    @Test(arguments: [
        ("", "am:9093", "http://am:9093/api/v2/alerts", "am", 9093),
        ("", "am", "http://am/api/v2/alerts", "am", 80),
        ("scheme: https", "am", "https://am/api/v2/alerts", "am", 443),
        ("path_prefix: /x//y", "[::1]:93", "http://[::1]:93/x/y/api/v2/alerts", "::1", 93),
        ("path_prefix: 'a b'", "[fe80::1]", "http://[fe80::1]/a%20b/api/v2/alerts", "fe80::1", 80),
        (
            "relabel_configs: [{target_label: __alerts_path__, replacement: other}]", "am:1", "http://am:1/other", "am",
            1
        ),
        (
            "relabel_configs: [{source_labels: [__address__], regex: 'http://(.*)/', target_label: __address__}]",
            "http://am:2/", "http://am:2/api/v2/alerts", "am", 2
        ),
    ])
    func `follows from settings and relabelling`(
        settings: String, address: String, url: String, host: String, port: Int
    ) throws {
        #expect(
            try candidates(settings, address: address) == .peer(PeerAddress(url: url, host: host, port: port)))
    }

    @Test func `takes scheme and path from the labels of its group, but not another address`() throws {
        let labels: Labels = ["__scheme__": "https", "__alerts_path__": "/p", "__address__": "no", "x": "y"]
        #expect(
            try candidates("", labels: labels) == .peer(PeerAddress(url: "https://am:9093/p", host: "am", port: 9093)))
    }

    @Test func `is listed when it is dropped`() throws {
        let drop = "path_prefix: /p, relabel_configs: [{source_labels: [x], regex: 'y', action: drop}]"
        #expect(try candidates(drop, labels: ["x": "y"]) == .dropped(url: "http://am:9093/p/api/v2/alerts"))
        #expect(try candidates(drop, labels: ["x": "z"]) != .dropped(url: "http://am:9093/p/api/v2/alerts"))
    }

    @Test(arguments: [
        ("relabel_configs: [{target_label: __address__, replacement: ''}]", "a", "no address"),
        ("", "http://a", "\"http://a\" is not a valid hostname"),
        (
            "relabel_configs: [{target_label: __scheme__, replacement: ftp}]", "a",
            "the scheme of \"a\" must be http or https, not \"ftp\""
        ),
        ("", "a:b", "\"a:b\" is not HOST or HOST:PORT"), ("", "a:", "\"a:\" is not HOST or HOST:PORT"),
        ("", ":93", "\":93\" is not HOST or HOST:PORT"), ("", "::1", "\"::1\" is not HOST or HOST:PORT"),
        ("", "a:70000", "\"a:70000\" is not HOST or HOST:PORT"),
    ])
    func `that cannot be one is refused`(settings: String, address: String, reason: String) throws {
        #expect(try candidates(settings, address: address) == .invalid(reason: reason))
    }

    @Test(arguments: [
        ("0.0.0.0", 9090, "localhost", 9090, true), ("0.0.0.0", 9090, "127.0.0.1", 9090, true),
        ("0.0.0.0", 9090, "10.0.0.7", 9090, true), ("0.0.0.0", 9090, "HOST", 9090, true),
        ("0.0.0.0", 9090, "localhost", 9093, false), ("0.0.0.0", 9090, "10.0.0.8", 9090, false),
        ("127.0.0.1", 9090, "localhost", 9090, true), ("127.0.0.1", 9090, "10.0.0.7", 9090, false),
        ("10.0.0.7", 9090, "10.0.0.7", 9090, true), ("10.0.0.7", 9090, "127.0.0.1", 9090, false),
        ("::", 9090, "::1", 9090, true),
    ])
    func `that is the server's own is recognised`(
        listening: String, port: Int, host: String, otherPort: Int, isOwn: Bool
    ) {
        let own = OwnAddresses(listening: [(listening, port)], hostName: "host", interfaces: ["10.0.0.7"])
        #expect(own.contains(host: host, port: otherPort) == isOwn)
        // The machine's own interfaces include the loopback one.
        #expect(OwnAddresses(listening: [("::", 1)], hostName: "h").contains(host: "127.0.0.1", port: 1))
    }
}

@Suite struct `The health of an Alertmanager` {
    @Test func `is news only when it changes`() {
        var health = PeerHealth()
        #expect(health.take(3, reason: nil) == nil && !health.isFailing)
        #expect(health.take(4, reason: "a") == .hasFailed(reason: "a") && health.isFailing)
        #expect(health.take(5, reason: "b") == nil)
        #expect(health.take(6, reason: nil) == .hasRecovered(lost: 9) && !health.isFailing)
        #expect(health.take(1, reason: nil) == nil)
        #expect(health.take(1, reason: "c") == .hasFailed(reason: "c"))
        #expect(health.take(1, reason: nil) == .hasRecovered(lost: 1))
    }
}
