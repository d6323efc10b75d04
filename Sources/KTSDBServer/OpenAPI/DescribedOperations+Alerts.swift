extension DescribedOperations {
    // MARK: Rules and alerts

    static let alerts: [Operation] = [
        Operation(
            "/api/v1/rules", ["get"], "List the rules.",
            [
                .one("type", Schema.choice("alert", "record"), "Which rules."),
                .several("rule_name[]", "Names of rules."),
                .several("rule_group[]", "Names of groups."), .several("file[]", "Paths of rule files."), match,
                .one("exclude_alerts", Schema.boolean, "Whether to leave out alerts."),
                .one("group_limit", Schema.whole(1...2_147_483_647), "The most groups on a page."),
                .one("group_next_token", "The token from the page before, for the next page."),
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
            "/api/v1/alerting/explain", ["get", "post"], "Explain why an alert fires or not, and who is notified.",
            [
                .one("rule", "The name of the alert.", required: true), .one("group", "The name of its group."),
                .one("file", "The path of its file."), .one("labels", "A selector of its alerts, with = alone."), time,
            ], .dataOrText(Schema.anything)),
        Operation(
            "/api/v1/alerting/deliveries", ["get"], "List notifications: receivers, reasons and results.",
            [
                .one("receiver", "The name of a receiver."), .one("integration", "A kind of integration."),
                .one("state", Schema.choice("delivered", "failed", "any"), "The delivery's result."), start, end, limit,
                .several("filter", "Matchers of the group's labels."),
            ], .data(Schema.anything)),
        Operation(
            "/api/v1/rules/backtest", ["get", "post"], "Find the times when a rule would have fired.",
            [
                .one("rule", "The name of the rule."), .one("group", "The name of its group."),
                .one("file", "The path of its file."),
                .one("query", Schema.expression, "An expression instead of a rule."),
                .several("for", "Pending periods to try."), .several("threshold", "Other thresholds."), start, end,
                step,
            ], .dataOrText(Schema.anything)),
        Operation(
            "/api/v1/heartbeat", ["get"],
            "List the expected heartbeats, and the results of those sent.",
            [],
            .data(
                Schema.object([
                    "heartbeats": Schema.list(Schema.object), "sent": Schema.list(Schema.object),
                    "obstacles": Schema.list(Schema.text),
                ]))),
    ]

    // MARK: Changes

    private static let posting = ["post", "put"]

    static let changes: [Operation] = sent + administration + lifecycle

    private static let sent: [Operation] = [
        Operation(
            "/api/v1/heartbeat/{name}", ["get", "post"], "Note a heartbeat.",
            [.one("name", "The name of the heartbeat.", required: true)],
            .data(Schema.object(["name": Schema.text, "time": Schema.text]))),
        Operation("/api/v1/write", ["post"], "Receive samples by remote write.", [], .empty("204"))
            .taking("application/x-protobuf"),
    ]

    private static let administration: [Operation] = [
        Operation(
            "/api/v1/rules/backfill", posting, "Evaluate recording rules over the past, and store the results.",
            [
                .several("rule", "Names of rules; if missing, all rules."), start.required, end,
                .one("interval", Schema.duration, "The time between evaluations."),
            ], .dataOrText(Schema.anything)),
        Operation(
            "/api/v1/admin/tsdb/snapshot", posting, "Make a snapshot.",
            [.one("skip_head", Schema.boolean, "Whether to leave out samples in memory.")],
            .data(Schema.object(["name": Schema.text]))),
        Operation(
            "/api/v1/admin/tsdb/confirm_clock", posting, "Confirm that the clock is right.", [],
            .data(Schema.object(["time": Schema.text]))),
        Operation(
            "/api/v1/admin/tsdb/drop_future", posting, "Drop samples from the future.",
            [.one("ahead", Schema.duration, "How far ahead of the clock a sample may be.")], .data(Schema.object)),
        Operation(
            "/api/v1/admin/tsdb/delete_series", posting, "Delete samples of series.", [match.required, start, end],
            .empty("204")),
        Operation(
            "/api/v1/admin/tsdb/undelete_series", posting, "Undo a deletion.",
            [.one("id", Schema.whole, "The number of the deletion.", required: true)], .empty("204")),
        Operation(
            "/api/v1/admin/tsdb/clean_tombstones", posting, "Remove deleted samples from the disk.", [],
            .empty("204")),
        Operation(
            "/api/v1/admin/tsdb/deletions", ["get"], "List the deletions whose samples have not all been removed.", [],
            .data(Schema.list(Schema.object))),
        Operation(
            "/api/v1/admin/tsdb/retention/preview", ["get", "post"], "Say what limits and rules would remove.",
            [
                .one("time", "How long samples are kept, instead of the limit in force, such as 30d."),
                .one("size", "How much the database may take, such as 200GB."),
                .one("percentage", "Which part of the disk the database may take, from 0 to 100."),
                .one("rules", "The list `retention_rules` to try, as YAML."),
            ], .dataOrText(Schema.object)),
    ].map { $0.needing(.adminAPI) }

    private static let lifecycle: [Operation] = [
        Operation("/-/reload", posting, "Read the configuration again.", [], .empty("200")),
        Operation("/-/quit", posting, "Stop the server.", [], .content("text/plain")),
    ]
}
