import HTTPTypes
import HummingbirdTesting
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
    ])
    func `What makes no sense is bad data`(path: String, message: String) async throws {
        try await TestServer.run { try await $0.expectError("/api/v1/" + path, .badRequest, "bad_data", message) }
    }
}
