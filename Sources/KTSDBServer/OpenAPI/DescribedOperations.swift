/// The endpoints of the API, as they are described. Those that concern alerts or change something are in
/// `DescribedOperations+Alerts.swift`.
enum DescribedOperations {
    typealias Operation = DescribedOperation
    typealias Parameter = DescribedOperation.Parameter
    typealias Schema = DescribedSchema

    static let all = queries + series + searches + targets + status + outside + alerts + changes

    // MARK: Parameters

    static let query = Parameter.one("query", Schema.expression, "An expression of PromQL.", required: true)
    static let start = Parameter.one("start", Schema.time, "The beginning, in seconds since 1970 or in RFC 3339.")
    static let end = Parameter.one("end", Schema.time, "The end, in seconds since 1970 or in RFC 3339.")
    static let step = Parameter.one("step", Schema.duration, "The time between steps, in seconds or as 1m30s.")
    static let time = Parameter.one("time", Schema.time, "The time of the evaluation; now if it is missing.")
    static let limit = Parameter.one("limit", Schema.count, "The most elements to return; 0 for all.")
    static let match = Parameter.several("match[]", "Selectors of series, of which one has to match.")
    private static let name = Parameter.one("name", "The name.", required: true)

    private static let evaluation: [Parameter] = [
        limit, .one("timeout", Schema.duration, "How long the query may take."),
        .one("lookback_delta", Schema.duration, "How far back an instant selector looks for samples."),
        .one("stats", "true or all: the answer has statistics."), strictness,
        .one("rollups", "What rollups are used for: exact, allow or off; as --query.rollups says if it is missing."),
    ]
    private static let strictness = Parameter.one(
        "fail_on_damage", Schema.boolean, "Fail if data that is needed is damaged, instead of answering without it.")

    // MARK: Queries

    private static let both = ["get", "post"]

    private static let queries: [Operation] = [
        Operation(
            "/api/v1/query", both, "Evaluate an expression at one time.", [query, time] + evaluation,
            .data(Schema.reference("QueryResult"))),
        Operation(
            "/api/v1/query_range", both, "Evaluate an expression over a range of time.",
            [query, start, end, step].map(\.required) + evaluation, .data(Schema.reference("QueryResult"))),
        Operation(
            "/api/v1/query_explain", both, "Explain how an expression would be evaluated.",
            [query, time, start, end, step] + evaluation, .dataOrText(Schema.anything)),
        Operation(
            "/api/v1/query_exemplars", both, "Find exemplars of series.", [query, start, end, strictness],
            .data(Schema.reference("Exemplars"))
        ).with("204", .empty("204")),
        Operation("/api/v1/format_query", both, "Format an expression.", [query], .data(Schema.text)),
        Operation("/api/v1/parse_query", both, "Parse an expression.", [query], .data(Schema.object)),
    ]

    // MARK: Series and labels

    private static let searching: [Parameter] =
        [
            .several("search[]", "The texts to search for."), match, start, end,
            .one("limit", Schema.whole(1...10_000), "The most results to return."),
            .one("fuzz_threshold", Schema.whole(0...100), "The lowest score."),
            .one("fuzz_alg", Schema.choice("subsequence", "jarowinkler"), "How names are compared."),
            .one("case_sensitive", Schema.boolean, "Whether the case of letters matters."),
            .one("sort_by", Schema.choice("alpha", "score"), "The order."),
            .one("sort_dir", Schema.choice("asc", "dsc"), "The direction of the order."),
            .one("include_score", Schema.boolean, "Whether to include the scores of results."),
            .one("batch_size", Schema.whole(1...10_000), "The most results on a line."),
        ]

    private static let lines = DescribedOperation.Answer.content("application/x-ndjson")

    private static let searches: [Operation] = [
        Operation(
            "/api/v1/search/metric_names", both, "Search for names of metrics.",
            searching + [.one("include_metadata", Schema.boolean, "Whether to include metadata.")], lines),
        Operation("/api/v1/search/label_names", both, "Search for names of labels.", searching, lines),
        Operation(
            "/api/v1/search/label_values", both, "Search for values of a label.",
            [.one("label", "The label.", required: true)] + searching, lines),
    ].map { $0.needing(.search) }

    private static let series: [Operation] = [
        Operation(
            "/api/v1/series", both, "Find series.", [match.required, start, end, limit, strictness],
            .data(Schema.list(Schema.reference("Labels")))),
        Operation(
            "/api/v1/labels", both, "List the names of labels.", [match, start, end, limit, strictness],
            .data(Schema.list(Schema.text))),
        Operation(
            "/api/v1/label/{name}/values", ["get"], "List the values of a label.",
            [name, match, start, end, limit, strictness],
            .data(Schema.list(Schema.text))),
        Operation(
            "/federate", ["get"], "Get the newest samples of series, in the text format.", [match],
            .content("text/plain")),
    ]

    // MARK: Targets

    private static let pool = Parameter.one("scrapePool", "The name of a scrape job.")

    private static let targets: [Operation] = [
        Operation(
            "/api/v1/targets", ["get"], "List the targets.",
            [.one("state", Schema.choice("active", "dropped", "any"), "Which targets."), pool],
            .data(
                Schema.object([
                    "activeTargets": Schema.list(Schema.object), "droppedTargets": Schema.list(Schema.object),
                    "droppedTargetCounts": Schema.map(Schema.whole),
                ]))),
        Operation(
            "/api/v1/targets/metadata", ["get"], "Get the metadata of metrics by target.",
            [.one("match_target", "A selector of targets."), .one("metric", "The name of a metric."), limit],
            .data(Schema.list(Schema.object))),
        Operation(
            "/api/v1/targets/relabel_steps", ["get"], "Show what relabelling does to labels, step by step.",
            [pool.required, .one("labels", "A JSON object with labels.", required: true)],
            .data(Schema.object(["steps": Schema.list(Schema.object)]))),
        Operation(
            "/api/v1/metadata", ["get"], "Get the metadata of metrics.",
            [
                .one("metric", "The name of a metric."), limit,
                .one("limit_per_metric", Schema.count, "The most entries of a metric."),
            ], .data(Schema.map(Schema.list(Schema.reference("Metadata"))))),
        Operation(
            "/api/v1/scrape_pools", ["get"], "List the scrape jobs.", [],
            .data(Schema.object(["scrapePools": Schema.list(Schema.text)]))),
        Operation(
            "/api/v1/scrape_pools/config", ["get"], "Get the configuration of a scrape job.", [pool.required],
            .data(Schema.object(["yaml": Schema.text]))),
    ]

    // MARK: Status

    private static let status: [Operation] =
        [
            ("config", "The configuration, without secrets.", Schema.object(["yaml": Schema.text])),
            ("flags", "The flags and their values.", Schema.map(Schema.text)),
            ("runtimeinfo", "Properties of the running process.", Schema.object),
            ("buildinfo", "The server's version.", Schema.map(Schema.text)),
            ("tsdb/blocks", "The blocks on disk.", Schema.object(["blocks": Schema.list(Schema.reference("Block"))])),
            ("memory", "Who holds how much memory, and what was refused because of the limit.", Schema.object),
            (
                "damage", "What is damaged in the data directory, and what has been read to find damage.",
                Schema.object(["damage": Schema.list(Schema.object), "scrubbing": Schema.object])
            ),
            (
                "walreplay", "How much of the log has been read at the start.",
                Schema.object(["min": Schema.whole, "max": Schema.whole, "current": Schema.whole])
            ),
        ].map { Operation("/api/v1/status/\($0.0)", ["get"], $0.1, [], .data($0.2)) }
        + [
            Operation(
                "/api/v1/status/tsdb", ["get"], "The metrics and labels that take the most memory.",
                [.one("limit", Schema.whole(1...10_000), "The most entries of each list.")],
                .data(
                    Schema.object([
                        "headStats": Schema.map(Schema.whole),
                        "seriesCountByMetricName": Schema.reference("NamedCounts"),
                        "labelValueCountByLabelName": Schema.reference("NamedCounts"),
                        "memoryInBytesByLabelName": Schema.reference("NamedCounts"),
                        "seriesCountByLabelValuePair": Schema.reference("NamedCounts"),
                    ]))),
            Operation(
                "/api/v1/status/series_limits", ["get"],
                "The limits on groups of series, what they refused, and the groups with the most new series today.",
                [.one("limit", Schema.whole(1...10_000), "The most groups of each limit.")],
                .data(Schema.list(Schema.object))),
            Operation(
                "/api/v1/status/rollups", ["get"],
                "The rollup rules, what waits to be rolled up by them, and what rolling up has done.", [],
                .data(Schema.object)),
            Operation(
                "/api/v1/status/self_metrics", ["get"], "The server's own metrics as JSON.",
                [.one("metric_name_pattern", "A pattern for the whole name of a metric.")],
                .data(Schema.list(Schema.object(["name": Schema.text, "type": Schema.text])))),
            Operation(
                "/api/v1/status/active_queries", ["get"], "The queries that run now.", [],
                .data(Schema.list(Schema.object(["query": Schema.text, "timestamp_sec": Schema.whole])))),
            Operation(
                "/api/v1/features", ["get"], "The features of this server.", [],
                .data(Schema.map(Schema.map(Schema.flag)))),
            Operation(
                "/api/v1/notifications", ["get"], "Notifications for operators.", [], .data(Schema.list(Schema.object))
            ),
            Operation(
                "/api/v1/openapi.yaml", ["get"], "This description.",
                [.one("openapi_version", Schema.choice("3.1", "3.2"), "The version of OpenAPI.")],
                .content("application/yaml")),
        ]

    private static let readiness = Schema.object([
        "status": Schema.text, "checks": Schema.map(Schema.text), "time": Schema.text,
    ])

    private static let outside: [Operation] = [
        Operation("/", ["get"], "A page for people.", [], .content("text/html")),
        Operation("/metrics", ["get"], "The server's own metrics.", [], .content("text/plain")),
        Operation("/-/healthy", ["get", "head"], "Whether samples can be stored.", [], .content("text/plain")),
        Operation("/-/ready", ["get", "head"], "Whether queries can be answered.", [], .content("text/plain")),
        Operation(
            "/health/live", ["get", "head"], "Whether the process runs.", [],
            .json(Schema.object(["status": Schema.text, "time": Schema.text]))),
        Operation(
            "/health/ready", ["get", "head"], "Whether queries can be answered and samples stored.", [],
            .json(readiness)
        ).with("503", .json(readiness)),
        Operation(
            "/health/version", ["get", "head"], "Which version this is.", [],
            .json(
                Schema.object([
                    "version": Schema.text, "commit": Schema.text, "build_time": Schema.text,
                    "swift_version": Schema.text,
                ]))),
    ]
}
