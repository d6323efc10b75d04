/// The commands of promtool, and those that ktsdb adds.
extension ToolSyntax {
    private static let httpFile = ToolFlag(
        "http.config.file", help: "A file with credentials and TLS, as `http_config` in Prometheus' files.")
    private static let unknownFields = ToolFlag(
        "ignore-unknown-fields", nil, .toggle, help: "Skip unknown fields of rule files and tests.")
    private static let lint = ToolFlag(
        "lint", help: "What to look for besides errors: all, none, or names separated by commas.")
    private static let fatal = ToolFlag("lint-fatal", nil, .toggle, help: "Exit with 3 if a lint finds something.")

    private static func files(_ name: String, isRequired: Bool = true, _ help: String) -> ToolArgument {
        ToolArgument(name, isRequired: isRequired, isList: true, help: help)
    }

    private static let check = ToolSyntax.group(
        "check",
        [
            .command(
                "service-discovery",
                flags: [
                    ToolFlag("timeout", preset: "30s", help: "How long to wait for targets."),
                    ToolFlag("extended", nil, .toggle, help: "Accepted, without effect."),
                ],
                arguments: [
                    ToolArgument("config-file", help: "The configuration of Prometheus."),
                    ToolArgument("job", help: "The name of the job."),
                ], help: "Print the targets that the discovery of a job finds, before and after relabelling."),
            .command(
                "config",
                flags: [
                    lint, fatal, unknownFields,
                    ToolFlag("syntax-only", nil, .toggle, help: "Do not check the files that a configuration names."),
                    ToolFlag("agent", nil, .toggle, help: "Refused: ktsdb has no agent mode."),
                ], arguments: [files("config-files", "The files.")],
                help: "Check Prometheus' configurations and the files that they name."),
            .command(
                "web-config", arguments: [files("web-config-files", "The files.")],
                help: "Check files for --web.config.file: TLS, headers, users."),
            health("healthy", "Check whether a server is healthy."),
            health("ready", "Check whether a server is ready to answer."),
            .command(
                "rules", flags: [lint, fatal, unknownFields],
                arguments: [files("rule-files", isRequired: false, "The files; standard input if there are none.")],
                help: "Check rule files."),
            .command(
                "metrics",
                flags: [
                    ToolFlag("extended", nil, .toggle, help: "Print how many series each metric has."),
                    ToolFlag("lint", preset: "all", help: "What to look for: all or none."),
                ], arguments: [], help: "Check metrics on standard input, in the text format of targets."),
        ],
        flags: [ToolFlag("query.lookback-delta", help: "How far back the server's queries look; 5m unless given.")],
        help: "Check files for mistakes, or check the health of a server.")

    private static func health(_ name: String, _ help: String) -> ToolSyntax {
        .command(
            name,
            flags: [
                httpFile,
                ToolFlag("url", preset: "http://localhost:9090", own: "server", help: "The address of the server."),
            ],
            arguments: [], help: help)
    }

    private static let headers = ToolFlag("header", nil, .list, help: "A header to send, NAME=VALUE; may be repeated.")
    private static let selector = "A series selector; may be repeated."
    private static let server = ToolArgument(
        "server", isRequired: false, help: "The address of the server, unless --server or --data is given.")
    private static let expression = ToolArgument("expr", help: "The expression.")
    private static let ends = [
        ToolFlag("start", help: "The first time, seconds since 1970 or RFC 3339."),
        ToolFlag("end", help: "The last time."),
    ]

    private static let query = ToolSyntax.group(
        "query",
        [
            .command(
                "instant",
                flags: [
                    ToolFlag(
                        "time",
                        help:
                            "The time, seconds since 1970 or RFC 3339; otherwise now, or that of the newest sample of --data."
                    ), headers,
                ], arguments: [server, expression], help: "Evaluate an expression at one time."),
            .command(
                "range",
                flags: [headers] + ends + [ToolFlag("step", help: "The time from one value to the next, such as 1m.")],
                arguments: [server, expression],
                help: "Evaluate an expression at each step of a range, by default the last five minutes."),
            .command(
                "series", flags: [ToolFlag("match", nil, .list, isRequired: true, help: selector)] + ends,
                arguments: [server], help: "List series."),
            .command(
                "labels", flags: ends + [ToolFlag("match", nil, .list, help: selector)],
                arguments: [server, ToolArgument("name", help: "The name of the label.")],
                help: "List the values of a label."),
            .command(
                "analyze",
                flags: [
                    ToolFlag("type", isRequired: true, help: "What to analyze: histogram."),
                    ToolFlag("duration", preset: "1h", help: "The length of the time range to analyze."),
                    ToolFlag("time", help: "The end of that range; otherwise now."),
                    ToolFlag("match", nil, .list, isRequired: true, help: selector),
                ], arguments: [], help: "Print how many buckets histograms use."),
        ],
        flags: [
            ToolFlag(
                "format", "o", preset: "promql", choices: ["promql", "json", "text", "csv", "chart"],
                help: "The form of the output: text (which is promql), json, csv, or for ranges a chart."),
            httpFile, ToolFlag("server", help: "The address of the server, including its route prefix."),
            ToolFlag("data", help: "The directory of a database that no server uses, instead of a server."),
        ], help: "Query a server, or the directory of a database.")

    private static let debug = ToolSyntax.group(
        "debug",
        [
            bundle("all", "Collect metrics, status, flags, the masked configuration, targets, rules and alerts."),
            bundle("metrics", "Collect the server's own metrics."),
            bundle("pprof", "Explain why there are no Go profiles."),
        ], help: "Collect information about a server in a file, for finding problems.")

    private static func bundle(_ name: String, _ help: String) -> ToolSyntax {
        .command(
            name,
            flags: [
                httpFile, headers, ToolFlag("output", preset: "debug.tar.gz", help: "The file to write."),
                ToolFlag("server", help: "The address of the server, including its route prefix."),
            ], arguments: [server], help: help)
    }

    private static let push = ToolSyntax.group(
        "push",
        [
            .command(
                "metrics",
                flags: [
                    ToolFlag(
                        "label", nil, .list,
                        help: "A label to add, NAME=VALUE; may be repeated; job=promtool if absent."
                    ), ToolFlag("job_label", help: "The value of the label job."),
                    ToolFlag("timeout", preset: "30s", help: "How long the server may take."), headers,
                    ToolFlag(
                        "protobuf_message", preset: "prometheus.WriteRequest",
                        help: "The message: prometheus.WriteRequest or io.prometheus.write.v2.Request."),
                    ToolFlag("remote-write.path", preset: "/api/v1/write", help: "The path of the endpoint."),
                ],
                arguments: [
                    ToolArgument("remote-write-url", help: "The address of the server."),
                    files("metric-files", isRequired: false, "The files; standard input if there are none."),
                ], help: "Send metrics to a server by remote write.")
        ], flags: [httpFile], help: "Send to a server.")

    private static let promql = ToolSyntax.group(
        "promql",
        [
            .command(
                "format", arguments: [ToolArgument("query", help: "The expression.")],
                help: "Print an expression, formatted over several lines."),
            .group(
                "label-matchers",
                [
                    .command(
                        "set",
                        flags: [
                            ToolFlag(
                                "type", "t", preset: "=", choices: ["=", "!=", "=~", "!~"], help: "How it compares.")
                        ],
                        arguments: [
                            ToolArgument("query", help: "The expression."),
                            ToolArgument("name", help: "The label."), ToolArgument("value", help: "The value."),
                        ], help: "Add a matcher to all selectors, or change the one that is there."),
                    .command(
                        "delete",
                        arguments: [
                            ToolArgument("query", help: "The expression."), ToolArgument("name", help: "The label."),
                        ], help: "Remove the matchers of a label from all selectors."),
                ], help: "Change the matchers in an expression."),
        ], help: "Format and change expressions.")

    private static let test = ToolSyntax.group(
        "test",
        [
            .command(
                "rules",
                flags: [
                    ToolFlag("run", nil, .list, help: "Only tests whose name matches a regular expression."),
                    ToolFlag("debug", nil, .toggle, help: "Print when tests begin and end, and all series."),
                    ToolFlag("diff", nil, .toggle, help: "Show failures as a coloured difference."), unknownFields,
                    ToolFlag("coverage", nil, .toggle, help: "List the rules that no test touches."),
                    ToolFlag("explain", nil, .toggle, help: "Print what rules gave at each step."),
                ], arguments: [files("test-rule-file", "The files.")], help: "Run unit tests of rules.")
        ], flags: [ToolFlag("junit", help: "A file for the results in the form of JUnit's XML.")],
        help: "Run unit tests.")

    /// All commands of promtool that this program has.
    package static let promtool = ToolSyntax.group(
        "promtool", [check, query, debug, push, test, promql], flags: ToolFlag.promtool,
        help: "Tooling for the Prometheus monitoring system, as ktsdb provides it.")
}

extension ToolFlag {
    /// The flags that all commands of promtool have.
    static let promtool = [
        ToolFlag("help", "h", .toggle, help: "Show this help."),
        ToolFlag("version", nil, .toggle, help: "Show the version."),
        ToolFlag("experimental", nil, .toggle, help: "Enable experimental commands."),
        ToolFlag("enable-feature", nil, .list, help: "Parts of PromQL that are off by default, with commas."),
    ]
}
