extension DescribedOperations {
    // MARK: Rules and alerts

    static let alerts: [Operation] = [
        Operation(
            "/api/v1/rules", ["get"], "List the rules.",
            [
                .one("type", "alert or record."), .several("rule_name[]", "Names of rules."),
                .several("rule_group[]", "Names of groups."), .several("file[]", "Paths of rule files."), match,
                .one("exclude_alerts", "true or false."),
                .one("group_limit", Schema.whole, "How many groups a page has."),
                .one("group_next_token", "Where the next page begins."),
            ], .data(Schema.object(["groups": Schema.list(Schema.object)], optional: ["groupNextToken": Schema.text]))),
        Operation(
            "/api/v1/alerts", ["get"], "List the alerts.", [],
            .data(Schema.object(["alerts": Schema.list(Schema.object)]))),
        Operation(
            "/api/v1/alertmanagers", ["get"], "List the Alertmanagers that get alerts.", [],
            .data(
                Schema.object([
                    "activeAlertmanagers": Schema.list(Schema.object),
                    "droppedAlertmanagers": Schema.list(Schema.object),
                ]))),
        Operation(
            "/api/v1/alerting/explain", ["get", "post"], "Say why an alert fires or not, and whom it reaches.",
            [.one("rule", "The name of the alert."), time], .data(Schema.anything)),
        Operation(
            "/api/v1/alerting/deliveries", ["get"], "What was sent to whom, why, and how that ended.", [],
            .data(Schema.anything)),
        Operation(
            "/api/v1/rules/backtest", ["get", "post"], "When a rule would have fired.",
            [.one("rule", "The name of the rule."), start, end, step], .data(Schema.anything)),
        Operation("/api/v1/heartbeat", ["get"], "List the heartbeats that are expected.", [], .data(Schema.object)),
    ]

    // MARK: Changes

    private static let posting = ["post", "put"]

    static let changes: [Operation] = [
        Operation(
            "/api/v1/heartbeat/{name}", ["get", "post"], "Note a heartbeat.",
            [.one("name", "The name of the heartbeat.", required: true)],
            .data(Schema.object(["name": Schema.text, "time": Schema.text]))),
        Operation("/api/v1/write", ["post"], "Take samples by remote write.", [], .empty("204")),
        Operation(
            "/api/v1/rules/backfill", posting, "Record what recording rules would have recorded.", [start, end],
            .data(Schema.anything)),
        Operation(
            "/api/v1/admin/tsdb/snapshot", posting, "Make a snapshot.", [],
            .data(Schema.object(["name": Schema.text]))),
        Operation(
            "/api/v1/admin/tsdb/confirm_clock", posting, "Confirm that the clock is right.", [], .data(Schema.anything)),
        Operation(
            "/api/v1/admin/tsdb/drop_future", posting, "Drop samples from the future.", [], .data(Schema.anything)),
        Operation(
            "/api/v1/admin/tsdb/delete_series", posting, "Delete samples of series.", [match, start, end],
            .empty("204")),
        Operation(
            "/api/v1/admin/tsdb/undelete_series", posting, "Undo a deletion.",
            [.one("id", Schema.whole, "The number of the deletion.")], .empty("204")),
        Operation(
            "/api/v1/admin/tsdb/clean_tombstones", posting, "Remove what is deleted from the disk.", [],
            .empty("204")),
        Operation(
            "/api/v1/admin/tsdb/deletions", ["get"], "List the deletions whose samples are not all removed yet.", [],
            .data(Schema.list(Schema.object))),
        Operation("/-/reload", posting, "Read the configuration again.", [], .empty("200")),
        Operation("/-/quit", posting, "Stop the server.", [], .content("text/plain")),
    ]
}
