internal import KTSDBNotify

/// The fields of Prometheus' configuration, with the names of Go's types, which errors about YAML have.
enum PrometheusSchema {
    typealias Field = ConfigurationSchema.Field
    typealias Kind = ConfigurationSchema.Kind

    static let file = ConfigurationSchema(
        "config.plain",
        [
            Field(name: "global", kind: .fields(global)), Field(name: "alerting", kind: .fields(alerting)),
            Field(name: "scrape_configs", kind: .list(job)), Field(name: "storage", kind: .fields(storage)),
            Field(name: "remote_write", kind: .list(remoteWrite)), Field(name: "remote_read", kind: .list(remoteRead)),
        ] + of(.texts, "rule_files", "scrape_config_files") + of(.ignored, "runtime", "tracing", "otlp"))

    /// A file that `scrape_config_files` names.
    static let jobs = ConfigurationSchema("config.ScrapeConfigs", [Field(name: "scrape_configs", kind: .list(job))])

    /// An entry of a file with targets.
    static let targets = ConfigurationSchema(
        "struct { Targets []string \"yaml:\\\"targets\\\"\"; Labels model.LabelSet \"yaml:\\\"labels\\\"\" }",
        of(.texts, "targets") + of(.textMap, "labels"), listName: "targetgroup.Group")

    /// The names of Go's types by the fields that they have.
    static let types: [String: String] = {
        var types = ["": file.goType]
        for field in job.fields { types[field.name] = job.goType }
        return types
    }()

    static func of(_ kind: Kind, _ names: String...) -> [Field] { names.map { Field(name: $0, kind: kind) } }

    // MARK: Sections

    /// What the section `global` and scrape jobs share.
    private static let scraping =
        of(.duration, "scrape_interval", "scrape_timeout") + of(.texts, "scrape_protocols")
        + of(
            .integer("uint"), "sample_limit", "target_limit", "label_limit", "label_name_length_limit",
            "label_value_length_limit", "keep_dropped_targets")
        + of(
            .text, "body_size_limit", "metric_name_validation_scheme", "metric_name_escaping_scheme",
            "scrape_failure_log_file")
        + of(
            .flag, "scrape_native_histograms", "convert_classic_histograms_to_nhcb", "always_scrape_classic_histograms",
            "extra_scrape_metrics")

    private static let global = ConfigurationSchema(
        "config.plain",
        scraping + of(.duration, "evaluation_interval", "rule_query_offset") + of(.text, "query_log_file")
            + of(.textMap, "external_labels"))

    private static let job = ConfigurationSchema(
        "config.ScrapeConfig",
        scraping + of(.text, "job_name", "fallback_scrape_protocol", "metrics_path", "scheme")
            + of(.flag, "honor_labels", "honor_timestamps", "track_timestamps_staleness", "enable_compression")
            + of(.tree, "params", "native_histogram_min_bucket_factor")
            + of(.integer("uint"), "native_histogram_bucket_limit")
            + of(.list(relabelling), "relabel_configs", "metric_relabel_configs") + client + discovery)

    private static let relabelling = ConfigurationSchema(
        "relabel.plain",
        of(.texts, "source_labels") + of(.text, "separator", "regex", "target_label", "replacement", "action")
            + of(.integer("uint64"), "modulus"))

    private static let alerting = ConfigurationSchema(
        "config.plain",
        [
            Field(name: "alert_relabel_configs", kind: .list(relabelling)),
            Field(name: "alertmanagers", kind: .list(alertmanager)),
        ])

    private static let alertmanager = ConfigurationSchema(
        "config.AlertmanagerConfig",
        of(.text, "scheme", "path_prefix", "api_version") + of(.duration, "timeout")
            + of(.list(relabelling), "relabel_configs", "alert_relabel_configs") + of(.ignored, "sigv4") + client
            + discovery)

    private static let storage = ConfigurationSchema(
        "config.StorageConfig",
        [
            Field(
                name: "tsdb",
                kind: .fields(
                    ConfigurationSchema(
                        "config.plain",
                        of(.duration, "out_of_order_time_window")
                            + of(.ignored, "chunk_encoding", "stale_series_compaction_threshold")
                            + [Field(name: "retention", kind: .fields(retention))]))),
            Field(
                name: "exemplars",
                kind: .fields(
                    ConfigurationSchema("config.ExemplarsConfig", of(.integer("int64"), "max_exemplars")))),
        ] + of(.ignored, "agent"))

    private static let retention = ConfigurationSchema(
        "config.plain", of(.duration, "time") + of(.text, "size") + of(.tree, "percentage"))

    // MARK: Remote storage

    private static let remoteWrite = ConfigurationSchema(
        "config.plain",
        of(.text, "url", "name", "protobuf_message") + of(.duration, "remote_timeout") + of(.textMap, "headers")
            + of(.flag, "send_exemplars", "send_native_histograms", "round_robin_dns")
            + of(.list(relabelling), "write_relabel_configs") + of(.ignored, "sigv4", "azuread", "google_iam") + client
            + [
                Field(
                    name: "queue_config",
                    kind: .fields(
                        ConfigurationSchema(
                            "config.QueueConfig",
                            of(.integer("int"), "capacity", "max_shards", "min_shards", "max_samples_per_send")
                                + of(.duration, "batch_send_deadline", "min_backoff", "max_backoff", "sample_age_limit")
                                + of(.flag, "retry_on_http_429")))),
                Field(
                    name: "metadata_config",
                    kind: .fields(
                        ConfigurationSchema(
                            "config.MetadataConfig",
                            of(.flag, "send") + of(.duration, "send_interval")
                                + of(.integer("int"), "max_samples_per_send")))),
            ]
    ) { values throws(NotifierConfigurationError) in
        if values.text("url").isEmpty { throw NotifierConfigurationError("url for remote_write is empty") }
    }

    private static let remoteRead = ConfigurationSchema(
        "config.plain",
        of(.text, "url", "name") + of(.duration, "remote_timeout") + of(.textMap, "headers", "required_matchers")
            + of(.flag, "read_recent", "filter_external_labels") + client
    ) { values throws(NotifierConfigurationError) in
        if values.text("url").isEmpty { throw NotifierConfigurationError("url for remote_read is empty") }
    }
}
