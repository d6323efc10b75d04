extension ToolFlag {
    /// The flags that all commands of amtool have.
    static let amtool = [
        ToolFlag("help", "h", .toggle, help: "Show this help."),
        ToolFlag("date.format", preset: "2006-01-02 15:04:05 MST", help: "How times are shown, as in Go."),
        ToolFlag("verbose", "v", .toggle, help: "Accepted, without effect."),
        ToolFlag("alertmanager.url", own: "server", help: "The server to ask."),
        ToolFlag(
            "output", "o", preset: "simple", choices: ["simple", "extended", "json"],
            help: "The form of the output: simple, extended or json."),
        ToolFlag("timeout", preset: "30s", help: "How long the server may take."),
        ToolFlag("http.config.file", help: "A file with credentials and TLS, as `http_config` in Prometheus' files."),
        ToolFlag("version-check", nil, .toggle, preset: "true", help: "Accepted, without effect."),
        ToolFlag("enable-feature", help: "Accepted, without effect."),
    ]
}
