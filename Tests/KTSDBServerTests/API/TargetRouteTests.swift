import HTTPTypes
import HummingbirdTesting
import KTSDBScrape
import NIOCore
import Testing

@Suite struct `Targets over HTTP` {
    @Test func `Without jobs all lists are empty`() async throws {
        try await TestServer.run { server in
            try await server.expectData(
                "/api/v1/targets", #"{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}"#)
            try await server.expectData("/api/v1/scrape_pools", #"{"scrapePools":[]}"#)
            try await server.expectData("/api/v1/metadata", "{}")
            try await server.expectData("/api/v1/targets/metadata", "[]")
            try await server.expectData(
                "/api/v1/alertmanagers", #"{"activeAlertmanagers":[],"droppedAlertmanagers":[]}"#)
            try await server.expectData("/api/v1/rules", #"{"groups":[]}"#)
            try await server.expectData("/api/v1/alerts", #"{"alerts":[]}"#)
        }
    }

    private static let job = """
        scrape_configs:
        - job_name: j
          static_configs: [{targets: ['a:1', 'b:1'], labels: {x: y}}]
          relabel_configs:
          - {source_labels: [x], target_label: z, replacement: 'is $1'}
          - {source_labels: [__address__], regex: 'a:.*', action: keep}
          - {action: labeldrop, regex: x}
        """

    @Test func `What each rule makes of labels is shown, and dropped targets say by which one`() async throws {
        try await TestServer.run(configuration: Self.job) { server in
            await server.scraping.apply(try Configuration.parse(Self.job, path: "test.yml"))
            let labels = "%7B%22__address__%22:%22b:1%22,%22x%22:%22y%22,%22empty%22:%22%22%7D"
            try await server.expectData(
                "/api/v1/targets/relabel_steps?scrapePool=j&labels=\(labels)",
                #"{"steps":[{"rule":{"source_labels":["x"],"separator":";","regex":"(.*)","target_label":"z","#
                    + #""replacement":"is $1","action":"replace"},"#
                    + #""output":{"__address__":"b:1","x":"y","z":"is y"},"keep":true},"#
                    + #"{"rule":{"source_labels":["__address__"],"separator":";","regex":"a:.*","replacement":"$1","#
                    + #""action":"keep"},"output":{},"keep":false},"#
                    + #"{"rule":{"separator":";","regex":"x","replacement":"$1","action":"labeldrop"},"#
                    + #""output":{},"keep":false}]}"#)
            let text = try await server.get("/api/v1/targets?state=dropped")
            #expect(String(buffer: text.body).contains(#""scrapePool":"j","reason":"relabel_configs, rule 2: keep""#))
            await server.scraping.stop()
        }
    }

    @Test(arguments: [
        ("rules?type=x", #"invalid parameter "type": not supported value "x""#),
        (
            "rules?group_next_token=x",
            #"invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups"#
        ),
        ("metadata?limit=x", "limit must be a number"),
        ("metadata?limit_per_metric=x", "limit_per_metric must be a number"),
        (
            "targets/metadata?match_target=%7B",
            #"invalid parameter "match_target": 1:2: parse error: unexpected end of input inside braces"#
        ),
        ("scrape_pools/config", "no scrapePool parameter provided"),
        ("scrape_pools/config?scrapePool=x", #"error retrieving scrape config: scrape pool "x" not found"#),
        ("targets/relabel_steps", "no scrapePool parameter provided"),
        ("targets/relabel_steps?scrapePool=x", "no labels parameter provided"),
        (
            "targets/relabel_steps?scrapePool=x&labels=%7B%7D",
            #"error retrieving scrape config: scrape pool "x" not found"#
        ),
        ("targets/relabel_steps?scrapePool=x&labels=%5B%5D", "error parsing labels: expected an object"),
        (
            "targets/relabel_steps?scrapePool=x&labels=%7B%22a%22:1%7D",
            #"error parsing labels: the value of "a" is not a text"#
        ),
    ])
    func `What makes no sense is bad data`(path: String, message: String) async throws {
        try await TestServer.run { try await $0.expectError("/api/v1/" + path, .badRequest, "bad_data", message) }
    }
}
